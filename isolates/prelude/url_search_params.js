// URLSearchParams, with the queries of forms as the URL standard writes and reads them.

const toWellFormed = uncurryThis(String.prototype.toWellFormed);
const arraySort = uncurryThis(Array.prototype.sort);
const IteratorPrototype = getPrototypeOf(getPrototypeOf(new Map().entries()));
const wholeDecoder = new TextDecoder('utf-8', {__proto__: null, ignoreBOM: true});
const decodeBytes = uncurryThis(TextDecoder.prototype.decode);
const UPPER_HEX = '0123456789ABCDEF';
const UNRESERVED = {__proto__: null, '*': true, '-': true, '.': true, _: true};
const hexValues = {__proto__: null};
for (let i = 0; i < 16; i++) hexValues[UPPER_HEX[i]] = hexValues[stringToLowerCase(UPPER_HEX[i])] = i;

const usvString = (value) => toWellFormed(`${value}`);

function decodeFormText(text) {
  const spaced = stringReplaceAll(text, '+', ' ');
  if (!stringIncludes(spaced, '%')) return spaced;
  const bytes = encodeUtf8(spaced);
  const written = typedLength(bytes);
  let length = 0;
  for (let i = 0; i < written; i++) {
    const high = bytes[i] === 0x25 ? hexValues[fromCharCode(bytes[i + 1])] : undefined;
    const low = high === undefined ? undefined : hexValues[fromCharCode(bytes[i + 2])];
    bytes[length] = low === undefined ? bytes[i] : 16 * high + low;
    length += 1;
    if (low !== undefined) i += 2;
  }
  return decodeBytes(wholeDecoder, byteRange(bytes, 0, length));
}

function encodeFormText(text) {
  let encoded = '';
  const bytes = encodeUtf8(text);
  for (let i = 0, length = typedLength(bytes); i < length; i++) {
    const char = fromCharCode(bytes[i]);
    const isPlain = (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z') || (char >= '0' && char <= '9') || UNRESERVED[char] === true;
    encoded += isPlain ? char : char === ' ' ? '+' : `%${UPPER_HEX[bytes[i] >> 4]}${UPPER_HEX[bytes[i] & 15]}`;
  }
  return encoded;
}

/** A list of {name, value}. */
function parseForm(text) {
  const list = plain([]);
  const parts = stringSplit(text, '&');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (part === '') continue;
    const at = stringIndexOf(part, '=');
    const name = decodeFormText(at < 0 ? part : stringSlice(part, 0, at));
    list[list.length] = {__proto__: null, name, value: at < 0 ? '' : decodeFormText(stringSlice(part, at + 1))};
  }
  return list;
}

function serializeForm(list) {
  let text = '';
  for (let i = 0; i < list.length; i++) text += `${i === 0 ? '' : '&'}${encodeFormText(list[i].name)}=${encodeFormText(list[i].value)}`;
  return text;
}

const badTuple = () => codedError(TypeError, 'ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple', URLSearchParams);
const isAnyObject = (value) => value !== null && (typeof value === 'object' || typeof value === 'function');

function readTuple(pair) {
  if (!isAnyObject(pair) || typeof pair[iteratorSymbol] !== 'function') throw badTuple();
  const items = plain([]);
  for (const item of pair) items[items.length] = item;
  if (items.length !== 2) throw badTuple();
  return {__proto__: null, name: usvString(items[0]), value: usvString(items[1])};
}

function copyList(list) {
  const copy = plain([]);
  for (let i = 0; i < list.length; i++) copy[i] = {__proto__: null, name: list[i].name, value: list[i].value};
  return copy;
}

/** The list that an object means: an iterable of pairs, or names with their values. */
function readParams(init) {
  const list = plain([]);
  const iterate = init[iteratorSymbol];
  if (iterate !== undefined && iterate !== null) {
    if (iterate === paramsEntries && isParams(init)) return copyList(listOf(init));
    if (typeof iterate !== 'function') throw codedError(TypeError, 'ERR_ARG_NOT_ITERABLE', 'Query pairs must be iterable', URLSearchParams);
    for (const pair of init) list[list.length] = readTuple(pair);
    return list;
  }
  const keys = ownKeys(init);
  const places = {__proto__: null}; // names that are the same once they are well-formed
  for (let i = 0; i < keys.length; i++) {
    if (typeof keys[i] !== 'string' || !isEnumerable(init, keys[i])) continue;
    const name = usvString(keys[i]);
    places[name] ??= list.length;
    list[places[name]] = {__proto__: null, name, value: usvString(init[keys[i]])};
  }
  return list;
}

// What URLs do with their parameters, and iterators.
let bindParams; // (params, function that is told of each change)
let setParams; // (params, list)
let listOf; // (params) => its list
let isParams; // (an object)
let paramsEntries;

class ParamsIterator {
  #params;
  #pick;
  #at = 0;
  constructor(params, pick) {
    this.#params = params;
    this.#pick = pick;
  }
  next() {
    if (this === null || typeof this !== 'object' || !(#at in this)) throw notA('URLSearchParamsIterator', ParamsIterator.prototype.next);
    const list = listOf(this.#params);
    if (this.#at >= list.length) return {value: undefined, done: true};
    this.#at += 1;
    return {value: this.#pick(list[this.#at - 1]), done: false};
  }
  [customInspect](depth, options) {
    if (depth < 0) return this;
    const items = [];
    const list = listOf(this.#params);
    for (let i = this.#at; i < list.length; i++) arrayPush(items, inspect(this.#pick(list[i]), options));
    const text = arrayJoin(items, ', ');
    return items.length === 0 ? 'URLSearchParams Iterator {  }' : `URLSearchParams Iterator { ${text} }`;
  }
}
deleteProperty(ParamsIterator.prototype, 'constructor');
setPrototypeOf(ParamsIterator.prototype, IteratorPrototype);
defineProperty(ParamsIterator.prototype, 'next', {__proto__: null, enumerable: true});
defineProperty(ParamsIterator.prototype, toStringTag, {__proto__: null, value: 'URLSearchParams Iterator', configurable: true});

class URLSearchParams {
  #list;
  #changed = undefined;

  constructor(init = undefined) {
    if (init === undefined || init === null) this.#list = plain([]);
    else if (isAnyObject(init)) this.#list = readParams(init);
    else {
      const text = usvString(init);
      this.#list = parseForm(stringSlice(text, 0, 1) === '?' ? stringSlice(text, 1) : text);
    }
  }

  get size() {
    URLSearchParams.#check(this);
    return this.#list.length;
  }
  append(name, value) {
    URLSearchParams.#check(this, arguments.length, 2);
    const pair = {__proto__: null, name: usvString(name), value: usvString(value)};
    this.#list[this.#list.length] = pair;
    this.#changed?.(this.#list);
  }
  delete(name, value = undefined) {
    URLSearchParams.#check(this, arguments.length, 1);
    const isMeant = URLSearchParams.#matcher(name, value);
    this.#keep((pair) => !isMeant(pair));
  }
  get(name) {
    URLSearchParams.#check(this, arguments.length, 1);
    const isMeant = URLSearchParams.#matcher(name, undefined);
    for (let i = 0; i < this.#list.length; i++) if (isMeant(this.#list[i])) return this.#list[i].value;
    return null;
  }
  getAll(name) {
    URLSearchParams.#check(this, arguments.length, 1);
    const isMeant = URLSearchParams.#matcher(name, undefined);
    const values = [];
    for (let i = 0; i < this.#list.length; i++) if (isMeant(this.#list[i])) arrayPush(values, this.#list[i].value);
    return values;
  }
  has(name, value = undefined) {
    URLSearchParams.#check(this, arguments.length, 1);
    const isMeant = URLSearchParams.#matcher(name, value);
    for (let i = 0; i < this.#list.length; i++) if (isMeant(this.#list[i])) return true;
    return false;
  }
  set(name, value) {
    URLSearchParams.#check(this, arguments.length, 2);
    const isMeant = URLSearchParams.#matcher(name, undefined);
    const pair = {__proto__: null, name: usvString(name), value: usvString(value)};
    let isSet = false;
    this.#keep((other) => {
      if (!isMeant(other)) return true;
      if (isSet) return false;
      other.value = pair.value;
      isSet = true;
      return true;
    });
    if (isSet) return;
    this.#list[this.#list.length] = pair;
    this.#changed?.(this.#list);
  }
  sort() {
    URLSearchParams.#check(this);
    arraySort(this.#list, (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    this.#changed?.(this.#list);
  }
  entries() {
    URLSearchParams.#check(this);
    return new ParamsIterator(this, (pair) => [pair.name, pair.value]);
  }
  forEach(callback, thisArg = undefined) {
    URLSearchParams.#check(this);
    if (typeof callback !== 'function') throw argumentError('callback', 'of type function', callback, URLSearchParams.prototype.forEach);
    for (let i = 0; i < this.#list.length; i++) apply(callback, thisArg, [this.#list[i].value, this.#list[i].name, this]);
  }
  keys() {
    URLSearchParams.#check(this);
    return new ParamsIterator(this, (pair) => pair.name);
  }
  values() {
    URLSearchParams.#check(this);
    return new ParamsIterator(this, (pair) => pair.value);
  }
  toString() {
    URLSearchParams.#check(this);
    return serializeForm(this.#list);
  }
  [customInspect](depth, options) {
    if (depth < 0) return options.stylize('[Object]', 'special');
    const inner = {__proto__: null, ...options, depth: options.depth === null ? null : depth - 1};
    const items = [];
    let length = -2;
    for (let i = 0; i < this.#list.length; i++) {
      const {name, value} = this.#list[i];
      arrayPush(items, `${inspect(name, inner)} => ${inspect(value, inner)}`);
      length += inspect(name).length + inspect(value).length + 6;
    }
    const {name} = this.constructor;
    if (items.length === 0) return `${name} {}`;
    return length > options.breakLength ? `${name} {\n  ${arrayJoin(items, ',\n  ')} }` : `${name} { ${arrayJoin(items, ', ')} }`;
  }

  #keep(isKept) {
    const list = plain([]);
    for (let i = 0; i < this.#list.length; i++) if (isKept(this.#list[i])) list[list.length] = this.#list[i];
    this.#list = list;
    this.#changed?.(list);
  }

  static #check(value, count = 0, wanted = 0) {
    if (value === null || typeof value !== 'object' || !(#list in value)) throw notA('URLSearchParams', URLSearchParams.#check);
    if (count < wanted) throw missingArguments(wanted === 1 ? '"name" argument' : '"name" and "value" arguments', URLSearchParams.#check);
  }

  static #matcher(name, value) {
    const wantedName = usvString(name);
    const wantedValue = value === undefined ? undefined : usvString(value);
    return (pair) => pair.name === wantedName && (wantedValue === undefined || pair.value === wantedValue);
  }

  static {
    bindParams = (params, changed) => {
      params.#changed = changed;
      return params;
    };
    setParams = (params, list) => {
      params.#list = list;
    };
    listOf = (params) => params.#list;
    isParams = (value) => #list in value;
    paramsEntries = this.prototype.entries;
    defineProperty(this.prototype, iteratorSymbol, {__proto__: null, value: paramsEntries, writable: true, configurable: true});
  }
}
