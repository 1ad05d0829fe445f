// display() and its kin: what a cell shows besides text. A bundle maps MIME types to their data; what is published is its
// JSON. The host checks all of it again, and makes the HTML of tables itself: an isolate may be hostile.

const displaySymbol = SymbolFor('Jupyter.display');
const LONGEST_TABLE = 1000; // rows that are shown
const WIDEST_TABLE = 100; // columns
const TABLE = 'table'; // stands for the HTML of a table, which the host makes

const TYPES = {
  __proto__: null,
  html: 'text/html',
  markdown: 'text/markdown',
  latex: 'text/latex',
  svg: 'image/svg+xml',
  javascript: 'text/javascript',
  text: 'text/plain',
};
const IMAGES = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', [0x52, 0x49, 0x46, 0x46]],
];

/** A property of the value or of its prototypes, but no getter's and no proxy's: nothing of the user's runs. */
function lookUp(value, key) {
  for (let holder = value; holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) return undefined;
    const property = getOwnPropertyDescriptor(holder, key);
    if (property !== undefined) return hasOwn(property, 'value') ? property.value : undefined;
  }
  return undefined;
}

/** The getter of the value's class, for which an element of a library's document is known. One of its own is the user's, and runs nowhere. */
function markupGetter(value) {
  if (!isObject(value) || isProxy(value) || hasOwn(value, 'outerHTML')) return undefined;
  for (let holder = getPrototypeOf(value); holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) return undefined;
    const property = getOwnPropertyDescriptor(holder, 'outerHTML');
    if (property !== undefined) return property.get;
  }
  return undefined;
}

/** The markup of a chart with a background of its own: what is black by default would be black on black in a dark page. */
function onPaper(markup) {
  const tag = stringSlice(markup, 0, stringIndexOf(markup, '>'));
  // Where quotes do not tell what is an attribute of it, it stays as it is.
  const isPlain = stringSplit(tag, '"').length % 2 === 1 && !stringIncludes(tag, "='");
  if (!isPlain || stringIncludes(tag, 'background')) return markup;
  const start = stringIndexOf(tag, ' style="');
  if (start < 0) return `<svg style="background:white"${stringSlice(markup, 4)}`;
  return `${stringSlice(markup, 0, start)} style="background:white;${stringSlice(markup, start + 8)}`;
}

/** An element as a page would show it; undefined for all else. */
function elementBundle(value) {
  const getter = markupGetter(value);
  const markup = getter === undefined ? undefined : apply(getter, value, []);
  if (typeof markup !== 'string' || stringSlice(markup, 0, 1) !== '<') return undefined;
  const isPicture = stringSlice(markup, 0, 4) === '<svg';
  return {__proto__: null, [isPicture ? TYPES.svg : TYPES.html]: isPicture ? onPaper(markup) : markup, 'text/plain': markup};
}

const isBytes = (value) => typedArrayTag(value) === 'Uint8Array';

/** The MIME type that the first bytes tell, if it is a picture. */
function imageType(bytes) {
  for (let i = 0; i < IMAGES.length; i++) {
    const type = IMAGES[i][0];
    const signature = IMAGES[i][1];
    let same = 0;
    while (same < signature.length && bytes[same] === signature[same]) same++;
    if (same === signature.length) return type;
  }
  return undefined;
}

/** {type, data} of a data URL in base64; undefined for another text. */
function dataUrl(text) {
  if (typeof text !== 'string' || stringSlice(text, 0, 11) !== 'data:image/') return undefined;
  const comma = stringIndexOf(text, ',');
  const head = stringSlice(text, 5, comma);
  if (comma < 0 || stringSlice(head, -7) !== ';base64') return undefined;
  return {type: stringSplit(head, ';')[0], data: stringSlice(text, comma + 1)};
}

/** An array of plain objects, or of more arrays of them: what people expect to see as a table. */
function isTabular(value) {
  if (!isArray(value) || isProxy(value) || value.length === 0) return false;
  const shown = min(value.length, LONGEST_TABLE);
  for (let i = 0; i < shown; i++) {
    const row = getOwnPropertyDescriptor(value, i)?.value;
    if (row === null || typeof row !== 'object' || isProxy(row)) return false;
    const prototype = getPrototypeOf(row);
    if (prototype !== null && getPrototypeOf(prototype) !== null) return false; // of a class, an array, a Map ...
    if (ownKeys(row).length === 0 || errorIsError(row)) return false;
  }
  return true;
}

/** Columns of rows that are arrays are taken by their places, and the names are their heads. */
function namedTable(rows, columns, textOf) {
  const first = isArray(rows) ? rows[0] : undefined;
  if (columns === undefined || !isArray(first) || hasOwn(first, columns[0])) return tableOf(rows, columns, textOf);
  const places = [];
  const heads = [INDEX_COLUMN];
  for (let i = 0; i < columns.length; i++) {
    arrayPush(places, String(i));
    arrayPush(heads, String(columns[i]));
  }
  return {heads, body: tableOf(rows, places, textOf).body};
}

/** What the host makes a table of: texts. */
function tableData(value, columns) {
  const table = namedTable(isArray(value) ? arraySlice(value, 0, LONGEST_TABLE) : value, columns, bareText);
  const cut = (row) => plain(arraySlice(row, 0, WIDEST_TABLE + 1));
  const body = [];
  for (let i = 0; i < min(table.body.length, LONGEST_TABLE); i++) arrayPush(body, cut(table.body[i]));
  return {
    __proto__: null,
    heads: cut(table.heads),
    body: plain(body),
    rows: isArray(value) ? value.length : table.body.length,
    columns: table.heads.length - 1,
  };
}

/**
 * The bundle of a value, without those that the value has to be asked for: as people would like to see a result.
 * `text` is how it looks as plain text.
 */
function bundleOf(value) {
  const bundle = {__proto__: null};
  if (isObject(value) && !isProxy(value)) {
    if (isBytes(value)) {
      const type = imageType(value);
      if (type !== undefined) bundle[type] = uint8ToBase64(value);
    } else if (isTabular(value)) {
      bundle[TABLE] = tableData(value);
    }
  }
  bundle['text/plain'] = describe(value);
  return bundle;
}

/** The same for any value; a promise if the value needs time. Calls methods of the value. */
function askForBundle(value) {
  const dataOf = isObject(value) ? lookUp(value, 'toDataURL') : undefined;
  if (typeof dataOf === 'function') {
    const url = dataUrl(apply(dataOf, value, []));
    if (url !== undefined) return {__proto__: null, [url.type]: url.data, 'text/plain': describe(value)};
  }
  const show = isObject(value) ? lookUp(value, displaySymbol) : undefined;
  if (typeof show !== 'function') return elementBundle(value) ?? bundleOf(value);
  const answer = apply(show, value, []);
  if (!isPromise(answer)) return checkedBundle(answer, value);
  return promiseThen(answer, (bundle) => checkedBundle(bundle, value));
}

const hasDisplay = (value) => isObject(value)
  && (typeof lookUp(value, displaySymbol) === 'function' || typeof lookUp(value, 'toDataURL') === 'function'
    || markupGetter(value) !== undefined);

/** A bundle of the user's, with its bytes in base64. */
function checkedBundle(given, value) {
  if (given === null || typeof given !== 'object') {
    throw new TypeError(`[Symbol.for("Jupyter.display")](): a MIME bundle (an object) is expected, not ${given === null ? 'null' : typeof given}`);
  }
  const bundle = {__proto__: null};
  const types = ownKeys(given);
  for (let i = 0; i < types.length; i++) {
    const type = types[i];
    if (typeof type === 'symbol') continue;
    const data = given[type];
    if (data === undefined || data === null) continue;
    bundle[type] = dataOfType(type, data);
  }
  if (value !== undefined && bundle['text/plain'] === undefined) bundle['text/plain'] = describe(value);
  return bundle;
}

function dataOfType(type, data) {
  if (isBytes(data)) return uint8ToBase64(data);
  if (isJson(type)) {
    const text = jsonStringify(data);
    if (text === undefined) throw new TypeError(`${type}: ${typeof data} is no JSON`);
    return {__proto__: null, json: text};
  }
  return isArray(data) ? arrayJoin(data, '') : `${data}`;
}

const isJson = (type) => type === 'application/json' || stringSlice(type, -5) === '+json';

function publish(kind, bundle, options) {
  host.display(kind, currentCell(), jsonStringify({
    __proto__: null,
    bundle,
    metadata: options?.metadata,
    id: options?.id === undefined ? undefined : `${options.id}`,
  }));
}

/** What the user's functions do with a bundle: shows it, or updates what has its id. */
function show(bundle, options) {
  if (isPromise(bundle)) return promiseThen(bundle, (settled) => show(settled, options));
  if (options !== undefined && !isObject(options)) throw new TypeError(`display: the options must be an object, not ${typeof options}`);
  publish('display_data', bundle, options);
  return options?.id === undefined ? undefined : handleOf(`${options.id}`);
}

/** The handle of a display with an id. */
function handleOf(id) {
  return {
    id,
    update(value, options) {
      const bundle = askForBundle(value);
      const send = (settled) => publish('update_display_data', settled, {__proto__: null, ...options, id});
      return isPromise(bundle) ? promiseThen(bundle, send) : send(bundle);
    },
  };
}

/** The text of a call like f`...${x}` or of one like f(text). */
function textOf(first, rest) {
  if (!isArray(first) || !hasOwn(first, 'raw')) return `${first}`;
  let text = first[0];
  for (let i = 1; i < first.length; i++) text += `${rest[i - 1]}${first[i]}`;
  return text;
}

/** f(text, options), or f`text`. */
const typed = (type) => (first, ...rest) => {
  const isTemplate = isArray(first) && hasOwn(first, 'raw');
  return show({__proto__: null, [type]: textOf(first, rest)}, isTemplate ? undefined : rest[0]);
};

function imageBundle(image) {
  if (isObject(image) && typeof lookUp(image, 'toDataURL') === 'function') return askForBundle(image);
  const url = dataUrl(image);
  if (url !== undefined) return {__proto__: null, [url.type]: url.data};
  const bytes = isArrayBuffer(image) ? new Uint8Array(image) : image;
  const type = isBytes(bytes) ? imageType(bytes) : undefined;
  if (type === undefined) throw new TypeError('display.image: the bytes of a PNG, JPEG, GIF or WebP, a data URL in base64 or an object with toDataURL is expected');
  return {__proto__: null, [type]: uint8ToBase64(bytes)};
}

function installDisplay() {
  const display = (value, options) => show(askForBundle(value), options);
  const methods = {
    json: (value, options) => show(checkedBundle({__proto__: null, 'application/json': value}, value), {
      __proto__: null,
      ...options,
      metadata: {'application/json': {expanded: options?.expanded === true}, ...options?.metadata},
    }),
    image: (image, options) => show(imageBundle(image), options),
    table: (rows, columns, options) => {
      if (!isObject(rows)) throw new TypeError(`display.table: rows must be an array or an object, not ${rows === null ? 'null' : typeof rows}`);
      if (columns !== undefined && !isArray(columns)) throw new TypeError(`display.table: columns must be an array, not ${typeof columns}`);
      return show({__proto__: null, [TABLE]: tableData(rows, columns), 'text/plain': drawTable(namedTable(rows, columns))}, options);
    },
    bundle: (bundle, options) => show(checkedBundle(bundle), options),
    update: (id, value, options) => handleOf(`${id}`).update(value, options),
  };
  const types = ownKeys(TYPES);
  for (let i = 0; i < types.length; i++) methods[types[i]] = typed(TYPES[types[i]]);
  const names = ownKeys(methods);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    defineProperty(methods[name], 'name', {__proto__: null, value: name, configurable: true});
    defineProperty(display, name, {__proto__: null, value: methods[name], writable: true, configurable: true});
  }
  defineGlobal('display', display, false);
  defineGlobal('$display', displaySymbol, false);
  defineGlobal('clearOutput', function clearOutput(options) {
    publish('clear_output', {__proto__: null}, {__proto__: null, metadata: {__proto__: null, wait: options === true || options?.wait === true}});
  }, false);
}

/** For a cell's result: its bundle as JSON, as display() would show it. */
operations.bundle = (value) => {
  if (!hasDisplay(value)) return jsonStringify({__proto__: null, bundle: bundleOf(value)});
  const finish = (bundle) => jsonStringify({__proto__: null, bundle});
  const bundle = askForBundle(value);
  return isPromise(bundle) ? promiseThen(bundle, finish) : finish(bundle);
};
