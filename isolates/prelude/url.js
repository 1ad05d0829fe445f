// URL. The parser is whatwg-url's (whatwg_url/build.mjs), evaluated on the first use. It uses the builtins as it finds them, so it
// runs in a realm of its own, where nobody can replace them. Texts alone go there and come back: an object of that realm, an error
// too, would lead to its builtins, and one of this realm from there to the user's code. Cells can read and write private fields.

let compileInRealm = undefined;
let urlParser = undefined;
let idna = undefined;

function evaluateInRealm(name, given) {
  compileInRealm ??= natives.newRealm();
  const module = {__proto__: null, exports: undefined};
  apply(compileInRealm(hostBundle(name), `isolates:${name}.js`), undefined, [undefined, given, module, '', '']);
  return module.exports;
}

const givenToParser = {__proto__: null, idna: () => (idna ??= evaluateInRealm('whatwg_url/idna', undefined))};

/** What a function of whatwg_url/entry.js answers: the parts of a URL, or null. */
function askParser(name, first, second, third = undefined) {
  let parts;
  try {
    urlParser ??= evaluateInRealm('whatwg_url/parser', givenToParser);
    parts = urlParser[name](first, second, third);
  } catch (error) {
    throw new RangeError(error.message); // no room on the stack or in the memory
  }
  return parts === null ? null : stringSplit(parts, '\n');
}

const readUrl = (text, base) => askParser('read', text, base);

function invalidUrl(input, base, above) {
  const error = new TypeError('Invalid URL');
  captureStackTrace(error, above);
  const fields = base === undefined ? {__proto__: null, code: 'ERR_INVALID_URL', input} : {__proto__: null, code: 'ERR_INVALID_URL', input, base};
  const keys = ownKeys(fields);
  for (let i = 0; i < keys.length; i++) {
    defineProperty(error, keys[i], {__proto__: null, value: fields[keys[i]], enumerable: true, writable: true, configurable: true});
  }
  return error;
}

let hrefOf; // (value) => the text of a URL, or undefined

class URL {
  #parts; // in the order of entry.js
  #params = bindParams(new URLSearchParams(), (list) => URL.#set(this, 'form', serializeForm(list)));

  constructor(url, base = undefined) {
    if (arguments.length === 0) throw missingArguments('"url" argument', new.target);
    const input = usvString(url);
    const root = base === undefined ? undefined : usvString(base);
    this.#parts = readUrl(input, root);
    if (this.#parts === null) throw invalidUrl(input, root, new.target);
    this.#readQuery();
  }

  static canParse(url, base = undefined) {
    if (arguments.length === 0) throw missingArguments('"url" argument', URL.canParse);
    return readUrl(usvString(url), base === undefined ? undefined : usvString(base)) !== null;
  }
  static parse(url, base = undefined) {
    if (arguments.length === 0) throw missingArguments('"url" argument', URL.parse);
    const input = usvString(url);
    const root = base === undefined ? undefined : usvString(base);
    return readUrl(input, root) === null ? null : new URL(input, root);
  }

  toString() {
    return URL.#partsOf(this)[0];
  }
  get href() {
    return URL.#partsOf(this)[0];
  }
  set href(value) {
    URL.#partsOf(this);
    const input = usvString(value);
    const parts = readUrl(input);
    if (parts === null) throw invalidUrl(input, undefined, URL);
    this.#parts = parts;
    this.#readQuery();
  }
  get origin() {
    return URL.#partsOf(this)[1];
  }
  get protocol() {
    return URL.#partsOf(this)[2];
  }
  set protocol(value) {
    URL.#set(this, 'protocol', value);
  }
  get username() {
    return URL.#partsOf(this)[3];
  }
  set username(value) {
    URL.#set(this, 'username', value);
  }
  get password() {
    return URL.#partsOf(this)[4];
  }
  set password(value) {
    URL.#set(this, 'password', value);
  }
  get host() {
    return URL.#partsOf(this)[5];
  }
  set host(value) {
    URL.#set(this, 'host', value);
  }
  get hostname() {
    return URL.#partsOf(this)[6];
  }
  set hostname(value) {
    URL.#set(this, 'hostname', value);
  }
  get port() {
    return URL.#partsOf(this)[7];
  }
  set port(value) {
    URL.#set(this, 'port', value);
  }
  get pathname() {
    return URL.#partsOf(this)[8];
  }
  set pathname(value) {
    URL.#set(this, 'pathname', value);
  }
  get search() {
    return URL.#partsOf(this)[9];
  }
  set search(value) {
    URL.#set(this, 'search', value);
    this.#readQuery();
  }
  get searchParams() {
    URL.#partsOf(this);
    return this.#params;
  }
  get hash() {
    return URL.#partsOf(this)[10];
  }
  set hash(value) {
    URL.#set(this, 'hash', value);
  }
  toJSON() {
    return URL.#partsOf(this)[0];
  }
  [customInspect](depth, options) {
    if (depth < 0) return this;
    const {href, origin, protocol, username, password, host, hostname, port, pathname, search, searchParams, hash} = this;
    const fields = {href, origin, protocol, username, password, host, hostname, port, pathname, search, searchParams, hash};
    return `${this.constructor.name} ${inspect(fields, options)}`;
  }

  #readQuery() {
    setParams(this.#params, parseForm(stringSlice(this.#parts[9], 1)));
  }

  static #partsOf(url) {
    if (url === null || typeof url !== 'object' || !(#parts in url)) throw notA('URL', URL.#partsOf);
    return url.#parts;
  }

  static #set(url, part, value) {
    const parts = URL.#partsOf(url);
    url.#parts = askParser('set', `${parts[0]}`, part, usvString(value));
  }

  static {
    hrefOf = (value) => (value !== null && typeof value === 'object' && #parts in value ? value.#parts[0] : undefined);
  }
}

function installUrl() {
  const {canParse, parse} = URL;
  defineClass(URLSearchParams);
  defineClass(URL);
  defineProperty(URL, 'canParse', {__proto__: null, value: canParse, enumerable: true, writable: true, configurable: true});
  defineProperty(URL, 'parse', {__proto__: null, value: parse, enumerable: true, writable: true, configurable: true});
}
