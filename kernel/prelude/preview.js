// A value in a few lines, for inspection: under V8's check that nothing has side effects, and in the midst of cells. The
// inspect of npm is more than that check allows.
const dateToISOString = uncurryThis(Date.prototype.toISOString);
const dateGetTime = uncurryThis(Date.prototype.getTime);
const symbolToString = uncurryThis(Symbol.prototype.toString);
const REGEXP_FLAGS = ['g', 'i', 'm', 'y', 'u', 's', 'l', 'd', 'v']; // in the order of V8's bits

const MOST_ITEMS = 20;
const MOST_INDICES = 100; // natives.ownNames() leaves them out, as there may be millions, so the first ones are tried
const LONGEST_STRING = 1000;
const LINE = 76;

/** Like an array, but without prototypes that the user could have given setters. V8's check allows no defineProperty(). */
const makeList = () => ({__proto__: null, length: 0});

function listAdd(list, item) {
  list[list.length] = item;
  list.length += 1;
}

/** The name of the class that the value is an instance of, or ''. */
function className(value) {
  if (!isObject(value) || isProxy(value)) return '';
  const {value: made} = propertyOf(value, 'constructor');
  if (typeof made !== 'function' || isProxy(made)) return '';
  const {value: name} = propertyOf(made, 'name');
  return typeof name === 'string' ? stringSlice(name, 0, LONGEST_STRING) : '';
}

/** A string of JSON with the quotes that results have: single ones, unless there are such in it. */
function quoted(json) {
  const body = stringReplaceAll(stringSlice(json, 1, -1), '\\"', '"');
  if (!stringIncludes(body, "'")) return `'${body}'`;
  if (!stringIncludes(body, '"')) return json;
  if (!stringIncludes(body, '`') && !stringIncludes(body, '${')) return `\`${body}\``;
  return `'${stringReplaceAll(body, "'", "\\'")}'`;
}

function previewString(text) {
  const shown = quoted(jsonStringify(stringSlice(text, 0, LONGEST_STRING)));
  return text.length > LONGEST_STRING ? `${shown}... ${text.length - LONGEST_STRING} more characters` : shown;
}

function previewFunction(value) {
  const {value: name} = propertyOf(value, 'name');
  const kind = isClass(value) ? 'class' : 'Function:';
  return `[${kind} ${typeof name === 'string' && name !== '' ? stringSlice(name, 0, LONGEST_STRING) : '(anonymous)'}]`;
}

function previewRegExp(value) {
  const {0: source, 1: flags} = natives.regExpParts(value);
  let text = `/${source}/`;
  for (let i = 0; i < REGEXP_FLAGS.length; i++) if (flags & (1 << i)) text += REGEXP_FLAGS[i];
  return text;
}

/** Items between brackets, on one line if they fit. */
function bracketed(head, open, items, count, close) {
  if (count > items.length) listAdd(items, `... ${count - items.length} more`);
  if (items.length === 0) return `${head}${open}${close}`;
  const line = `${head}${open} ${arrayJoin(items, ', ')} ${close}`;
  if (line.length <= LINE && !stringIncludes(line, '\n')) return line;
  const lines = stringReplaceAll(arrayJoin(items, ',\n'), '\n', '\n  ');
  return `${head}${open}\n  ${lines}\n${close}`;
}

function previewElements(value, length, depth) {
  const items = makeList();
  for (let i = 0; i < length && i < MOST_ITEMS; i++) {
    const descriptor = getOwnPropertyDescriptor(value, i);
    listAdd(items, descriptor === undefined ? '<empty>' : previewProperty(descriptor, depth));
  }
  return items;
}

const previewProperty = (descriptor, depth) => (hasOwn(descriptor, 'value') ? preview(descriptor.value, depth - 1) : '[Getter]');

function previewCollection(value, head, depth) {
  const {0: entries, 1: isKeyValue} = natives.previewEntries(value);
  const step = isKeyValue ? 2 : 1;
  const items = makeList();
  for (let i = 0; i < entries.length && items.length < MOST_ITEMS; i += step) {
    const first = preview(entries[i], depth - 1);
    listAdd(items, isKeyValue ? `${first} => ${preview(entries[i + 1], depth - 1)}` : first);
  }
  return bracketed(`${head}(${entries.length / step}) `, '{', items, entries.length / step, '}');
}

const isLetter = (sign) => (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') || sign === '_';

/** With quotes where results have them. */
function previewKey(name) {
  const key = stringSlice(name, 0, LONGEST_STRING);
  let isPlain = key !== '';
  for (let i = 0; i < key.length && isPlain; i++) isPlain = isLetter(key[i]) || (i > 0 && key[i] >= '0' && key[i] <= '9');
  return isPlain ? key : quoted(jsonStringify(key));
}

function previewObject(value, name, depth) {
  const names = natives.ownNames(value);
  const items = makeList();
  let count = 0;
  const add = (key) => {
    const descriptor = getOwnPropertyDescriptor(value, key);
    if (descriptor === undefined || !descriptor.enumerable) return;
    count += 1;
    if (items.length < MOST_ITEMS) listAdd(items, `${previewKey(`${key}`)}: ${previewProperty(descriptor, depth)}`);
  };
  for (let i = 0; i < MOST_INDICES; i++) add(i);
  let next = 0;
  for (; next < names.length && items.length < MOST_ITEMS; next++) add(names[next]);
  count += names.length - next;
  return bracketed(name === 'Object' ? '' : `${name || '[Object: null prototype]'} `, '{', items, count, '}');
}

function previewError(value) {
  if (isDomException(value)) return `DOMException [${DomErrorSlots.nameOf(value)}]: ${DomErrorSlots.messageOf(value)}`;
  const stack = getOwnPropertyDescriptor(value, 'stack');
  if (stack !== undefined && typeof stack.value === 'string') return withoutOwnFrames(stack.value);
  const {value: message} = propertyOf(value, 'message');
  return `${className(value)}: ${typeof message === 'string' ? message : ''}`;
}

/** The value as text, like util.inspect of Node. Objects deeper than `depth` are named only. */
function preview(value, depth) {
  if (typeof value === 'string') return previewString(value);
  if (typeof value === 'symbol') return symbolToString(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (!isObject(value)) return value === 0 && 1 / value < 0 ? '-0' : `${value}`;
  if (isProxy(value)) return 'Proxy';
  if (typeof value === 'function') return previewFunction(value);
  const name = className(value);
  const kind = natives.classOf(value);
  if (kind === 'RegExp') return previewRegExp(value);
  if (kind === 'Error') return previewError(value);
  if (kind === 'Date') {
    const time = dateGetTime(value);
    return time === time ? dateToISOString(value) : 'Invalid Date';
  }
  if (kind === 'Promise') {
    const {0: state, 1: result} = natives.promiseDetails(value);
    return `Promise { ${state === 0 ? '<pending>' : `${state === 2 ? '<rejected> ' : ''}${preview(result, depth - 1)}`} }`;
  }
  if (depth < 0) return isArray(value) ? '[Array]' : `[${name || 'Object'}]`;
  if (isArray(value)) {
    const head = value.length > MOST_ITEMS ? `Array(${value.length}) ` : '';
    return bracketed(head, '[', previewElements(value, value.length, depth), value.length, ']');
  }
  if (kind === 'TypedArray') {
    const length = typedLength(value);
    return bracketed(`${name}(${length}) `, '[', previewElements(value, length, depth), length, ']');
  }
  if (kind === 'Map' || kind === 'Set') return previewCollection(value, name, depth);
  const href = hrefOf(value);
  if (href !== undefined) return `URL { href: ${previewString(href)} }`;
  return previewObject(value, name, depth);
}
