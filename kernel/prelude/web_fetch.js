// Headers, Request, Response and fetch, as the Fetch standard has them, but for streams. Evaluated on first use, as the body of
// a function whose parameters are `exports` and what the prelude gives (fetch.js). What users give is read once, and made a
// string or a copy of bytes at once; the host gets nothing else.

'use strict';
const {
  apply, arrayJoin, arrayPush, arraySlice, arraySort, bufferLength, bufferSlice, bytesOf, charCode, currentCell, customInspect, decodeText,
  defineProperty, encodeText, getOwnPropertyDescriptor, host, inspect, isArrayBuffer, isDataView, isObject, isTypedArray, iteratorSymbol, jsonParse,
  jsonStringify, makeSignal, mapDelete, mapForEach, mapGet, mapSet, operations, ownKeys, promiseThen, stringSlice, stringToLowerCase, toStringTag, toUpperCase,
  toWellFormed, typedBuffer, typedLength, typedOffset, weakMapGet, weakMapSet, whenAborted, DOMException, Error, Map, Promise, RangeError, TextDecoder, TextEncoder, TypeError,
  Uint8Array, WeakMap,
} = require;

// --- Text of HTTP ---

/** Characters of tokens beside letters and digits, by their codes. */
const TOKEN_SIGNS = {__proto__: null};
const SIGNS = "!#$%&'*+-.^_`|~";
for (let i = 0; i < SIGNS.length; i++) TOKEN_SIGNS[charCode(SIGNS, i)] = true;

function isToken(text) {
  for (let i = 0; i < text.length; i++) {
    const code = charCode(text, i);
    const isLetter = (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
    if (!isLetter && TOKEN_SIGNS[code] !== true) return false;
  }
  return text.length > 0;
}

/** What a header may hold: bytes, without the ends of lines that would begin another one. */
function isHeaderValue(text) {
  for (let i = 0; i < text.length; i++) {
    const code = charCode(text, i);
    if ((code < 0x20 && code !== 9) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}

const isBlank = (code) => code === 0x20 || code === 9 || code === 10 || code === 13;

function trimmed(text) {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(charCode(text, start))) start += 1;
  while (end > start && isBlank(charCode(text, end - 1))) end -= 1;
  return stringSlice(text, start, end);
}

function headerName(name, what) {
  if (!isToken(name)) throw new TypeError(`${what}: ${inspect(name)} is an invalid header name.`);
  return name;
}

function headerValue(value, name, what) {
  const text = trimmed(value);
  if (!isHeaderValue(text)) throw new TypeError(`${what}: the value of the header ${name} has an end of a line, a control character or one above U+00FF.`);
  return text;
}

// --- Headers ---

/** The members of an object of the user's, read once, in the order of `names`. */
function membersOf(init, names, what) {
  const found = {__proto__: null};
  if (init === undefined || init === null) return found;
  if (!isObject(init)) throw new TypeError(`${what}: the options must be an object, not ${typeof init}`);
  for (let i = 0; i < names.length; i++) found[names[i]] = init[names[i]];
  return found;
}

let addHeader, headerValues, fixHeaders, flatHeaders;

class Headers {
  #lists = new Map(); // name in lower case -> {name, values}
  #isFixed = false;

  static {
    /** Without checks. */
    addHeader = (headers, name, value) => {
      const key = stringToLowerCase(name);
      const list = mapGet(headers.#lists, key);
      if (list === undefined) mapSet(headers.#lists, key, {__proto__: null, name, values: [value]});
      else arrayPush(list.values, value);
    };
    /** The values of a name in lower case, or undefined. */
    headerValues = (headers, key) => mapGet(headers.#lists, key)?.values;
    fixHeaders = (headers) => {
      headers.#isFixed = true;
    };
    /** name, value, name, value ...: what is sent. */
    flatHeaders = (headers) => {
      const parts = [];
      mapForEach(headers.#lists, (list) => {
        for (let i = 0; i < list.values.length; i++) {
          arrayPush(parts, list.name);
          arrayPush(parts, list.values[i]);
        }
      });
      return parts;
    };
  }

  constructor(init = undefined) {
    if (init !== undefined) Headers.#fill(this, init);
  }

  static #fill(headers, init) {
    if (!isObject(init)) throw new TypeError(`Headers: the headers must be an object or a list of pairs, not ${typeof init}`);
    if (#lists in init) {
      Headers.#copyAll(headers, init);
      return;
    }
    if (init[iteratorSymbol] !== undefined && init[iteratorSymbol] !== null) {
      for (const pair of init) {
        const parts = [];
        if (isObject(pair)) for (const part of pair) if (parts.length < 3) arrayPush(parts, `${part}`);
        if (parts.length !== 2) throw new TypeError('Headers: a list of headers has pairs of a name and a value');
        Headers.#append(headers, parts[0], parts[1]);
      }
      return;
    }
    const keys = ownKeys(init);
    for (let i = 0; i < keys.length; i++) {
      const property = getOwnPropertyDescriptor(init, keys[i]);
      if (property === undefined || !property.enumerable) continue;
      Headers.#append(headers, keys[i], init[keys[i]]);
    }
  }

  static #copyAll(headers, from) {
    mapForEach(from.#lists, (list, key) => {
      mapSet(headers.#lists, key, {__proto__: null, name: list.name, values: arraySlice(list.values, 0)});
    });
  }

  static #append(headers, name, value) {
    const key = headerName(`${name}`, 'Headers.append');
    addHeader(headers, key, headerValue(`${value}`, key, 'Headers.append'));
  }

  /** [name, value], sorted by name, as iteration has them. */
  static #pairs(headers) {
    const keys = [];
    mapForEach(headers.#lists, (list, key) => arrayPush(keys, key));
    arraySort(keys);
    const pairs = [];
    for (let i = 0; i < keys.length; i++) {
      const {values} = mapGet(headers.#lists, keys[i]);
      if (keys[i] === 'set-cookie') for (let k = 0; k < values.length; k++) arrayPush(pairs, [keys[i], values[k]]);
      else arrayPush(pairs, [keys[i], arrayJoin(values, ', ')]);
    }
    return pairs;
  }

  #check(what) {
    if (this.#isFixed) throw new TypeError(`${what}: these headers can't be changed`);
  }

  append(name, value) {
    this.#check('Headers.append');
    Headers.#append(this, name, value);
  }

  set(name, value) {
    this.#check('Headers.set');
    const key = headerName(`${name}`, 'Headers.set');
    mapSet(this.#lists, stringToLowerCase(key), {__proto__: null, name: key, values: [headerValue(`${value}`, key, 'Headers.set')]});
  }

  delete(name) {
    this.#check('Headers.delete');
    mapDelete(this.#lists, stringToLowerCase(headerName(`${name}`, 'Headers.delete')));
  }

  get(name) {
    const list = mapGet(this.#lists, stringToLowerCase(headerName(`${name}`, 'Headers.get')));
    return list === undefined ? null : arrayJoin(list.values, ', ');
  }

  has(name) {
    return mapGet(this.#lists, stringToLowerCase(headerName(`${name}`, 'Headers.has'))) !== undefined;
  }

  getSetCookie() {
    const list = mapGet(this.#lists, 'set-cookie');
    return list === undefined ? [] : arraySlice(list.values, 0);
  }

  forEach(callback, thisArgument = undefined) {
    if (typeof callback !== 'function') throw new TypeError(`Headers.forEach: the callback must be a function, not ${typeof callback}`);
    const pairs = Headers.#pairs(this);
    for (let i = 0; i < pairs.length; i++) apply(callback, thisArgument, [pairs[i][1], pairs[i][0], this]);
  }

  *#each(pick) {
    const pairs = Headers.#pairs(this);
    for (let i = 0; i < pairs.length; i++) yield pick(pairs[i]);
  }

  entries() {
    return this.#each((pair) => pair);
  }

  keys() {
    return this.#each((pair) => pair[0]);
  }

  values() {
    return this.#each((pair) => pair[1]);
  }

  [customInspect](depth, options) {
    const shown = {};
    const pairs = Headers.#pairs(this);
    for (let i = 0; i < pairs.length; i++) {
      const key = pairs[i][0];
      const value = key === 'set-cookie' ? arraySlice(mapGet(this.#lists, key).values, 0) : pairs[i][1];
      defineProperty(shown, key, {__proto__: null, value, enumerable: true, configurable: true});
    }
    return `Headers ${inspect(shown, options)}`;
  }
}
defineProperty(Headers.prototype, iteratorSymbol, {__proto__: null, value: Headers.prototype.entries, writable: true, configurable: true});
const hasHeader = (headers, key) => headerValues(headers, key) !== undefined;

// --- Bodies ---

// Of a Request or a Response: {source, isUsed}. What clones have in common is the source: {value, promise, holders}, with a
// value that is null, a string or a Uint8Array, or `promise` of one that is on its way.
const bodies = new WeakMap();
const NOT_TAKEN = ['Blob', 'File', 'FormData', 'ReadableStream'];

function bodyOf(holder, method) {
  const body = isObject(holder) ? weakMapGet(bodies, holder) : undefined;
  if (body === undefined) throw new TypeError(`${method}: this is no Request and no Response`);
  return body;
}

const newSource = (value, promise = undefined) => ({__proto__: null, value, promise, holders: 1});
const setBody = (holder, source) => weakMapSet(bodies, holder, {__proto__: null, source, isUsed: false});
const copyOf = (bytes) => new Uint8Array(bufferSlice(typedBuffer(bytes), typedOffset(bytes), typedOffset(bytes) + typedLength(bytes)));

/** A source of what a user gives as a body, and the type that it has of itself. */
function extractBody(value, what) {
  if (typeof value === 'string') return {__proto__: null, source: newSource(toWellFormed(value)), type: 'text/plain;charset=UTF-8'};
  if (isArrayBuffer(value) || isTypedArray(value) || isDataView(value)) return {__proto__: null, source: newSource(copyOf(bytesOf(value))), type: undefined};
  if (isObject(value)) {
    const tag = value[toStringTag];
    for (let i = 0; i < NOT_TAKEN.length; i++) {
      if (tag === NOT_TAKEN[i]) throw new TypeError(`${what}: a body can't be a ${tag} here. Strings, ArrayBuffers, views and URLSearchParams can`);
    }
    if (tag === 'URLSearchParams') {
      return {__proto__: null, source: newSource(toWellFormed(`${value}`)), type: 'application/x-www-form-urlencoded;charset=UTF-8'};
    }
  }
  return {__proto__: null, source: newSource(toWellFormed(`${value}`)), type: 'text/plain;charset=UTF-8'};
}

/** What is in the body: null, a string or a Uint8Array that nobody else has. The body is used up. */
async function take(holder, method) {
  const body = bodyOf(holder, method);
  if (body.isUsed) throw new TypeError('Body is unusable: Body has already been read');
  const {source} = body;
  if (source.value === null && source.promise === undefined) return null;
  body.isUsed = true;
  if (source.promise !== undefined) {
    const said = await source.promise;
    if (said.kind !== 'body') throw said.kind === 'reason' ? said.reason : failedError('terminated', said);
    if (source.promise !== undefined) {
      source.promise = undefined;
      source.value = said.bytes;
    }
  }
  source.holders -= 1;
  return typeof source.value === 'string' || source.holders === 0 ? source.value : copyOf(source.value);
}

async function takeBytes(holder, method) {
  const value = await take(holder, method);
  if (value === null) return new Uint8Array(0);
  return typeof value === 'string' ? encodeText(new TextEncoder(), value) : value;
}

const DECODED_HERE = 10000; // bytes: beyond, the host is faster
async function takeText(holder, method) {
  const value = await take(holder, method);
  if (value === null) return '';
  if (typeof value === 'string') return value;
  return typedLength(value) <= DECODED_HERE ? decodeText(new TextDecoder(), value) : host.decode(bufferHolding(value));
}

/** The buffer of bytes that are nobody else's. */
function bufferHolding(bytes) {
  const buffer = typedBuffer(bytes);
  const isWhole = isArrayBuffer(buffer) && typedOffset(bytes) === 0 && bufferLength(buffer) === typedLength(bytes);
  return isWhole ? buffer : bufferSlice(buffer, typedOffset(bytes), typedOffset(bytes) + typedLength(bytes));
}

/** The methods that read a body. */
function defineBody(Class) {
  const {name} = Class;
  const methods = {
    async text() {
      return takeText(this, `${name}.text`);
    },
    async json() {
      return jsonParse(await takeText(this, `${name}.json`));
    },
    async arrayBuffer() {
      return bufferHolding(await takeBytes(this, `${name}.arrayBuffer`));
    },
    async bytes() {
      return takeBytes(this, `${name}.bytes`);
    },
    async blob() {
      const {Blob} = globalThis;
      if (typeof Blob !== 'function') throw new TypeError(`${name}.blob: there is no Blob here. bytes() and arrayBuffer() read the body`);
      const type = arrayJoin(headerValues(headersOf(this), 'content-type') ?? [], ', ');
      return new Blob([await takeBytes(this, `${name}.blob`)], {type});
    },
  };
  const keys = ownKeys(methods);
  for (let i = 0; i < keys.length; i++) defineProperty(Class.prototype, keys[i], {__proto__: null, value: methods[keys[i]], enumerable: true, writable: true, configurable: true});
  const getters = {
    get bodyUsed() {
      return bodyOf(this, `${name}.bodyUsed`).isUsed;
    },
    get body() {
      const {source} = bodyOf(this, `${name}.body`);
      if (source.value === null && source.promise === undefined) return null;
      throw new TypeError(`${name}.body: there are no streams here. text(), json(), bytes() and arrayBuffer() read the whole body`);
    },
  };
  const names = ownKeys(getters);
  for (let i = 0; i < names.length; i++) {
    const {get} = getOwnPropertyDescriptor(getters, names[i]);
    defineProperty(Class.prototype, names[i], {__proto__: null, get, enumerable: true, configurable: true});
  }
}

/** A second holder of what the first one has not read yet. */
function shareBody(from, to, method) {
  const body = bodyOf(from, method);
  if (body.isUsed) throw new TypeError(`${method}: the body has already been read`);
  body.source.holders += 1;
  setBody(to, body.source);
}

/** Text that shows an object of these classes, as Node does. */
function shown(holder, names, options) {
  const parts = {};
  for (let i = 0; i < names.length; i++) parts[names[i]] = holder[names[i]];
  return inspect(parts, options);
}

// --- Request ---

const NORMALIZED = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];
const FORBIDDEN = ['CONNECT', 'TRACE', 'TRACK'];
const REDIRECTS = ['follow', 'error', 'manual'];
const REQUEST_OPTIONS = ['body', 'headers', 'integrity', 'method', 'redirect', 'signal'];

function methodOf(value) {
  const method = `${value}`;
  if (!isToken(method)) throw new TypeError(`'${method}' is not a valid HTTP method.`);
  const upper = toUpperCase(method);
  for (let i = 0; i < FORBIDDEN.length; i++) if (upper === FORBIDDEN[i]) throw new TypeError(`'${method}' HTTP method is unsupported.`);
  for (let i = 0; i < NORMALIZED.length; i++) if (upper === NORMALIZED[i]) return upper;
  return method;
}

function addressOf(value) {
  const text = `${value}`;
  const found = host.address(text);
  if (found.length === 1) return found[0];
  const cause = codedCause(new (found[1] === 'ERR_INVALID_URL' ? TypeError : Error)(found[0]), found[1]);
  if (found[1] === 'ERR_INVALID_URL') throw new TypeError(`Failed to parse URL from ${stringSlice(text, 0, 200)}`, {__proto__: null, cause});
  throw new TypeError('fetch failed', {__proto__: null, cause});
}

function codedCause(error, code) {
  if (code !== '') defineProperty(error, 'code', {__proto__: null, value: code, enumerable: true, writable: true, configurable: true});
  return error;
}

/** An AbortSignal, ours or that of any package. */
function signalOf(value) {
  if (value === undefined || value === null) return null;
  if (!isObject(value) || typeof value.aborted !== 'boolean' || typeof value.addEventListener !== 'function') {
    throw new TypeError('fetch: the signal must be an AbortSignal');
  }
  return value;
}

let fieldsOf, isRequest;

class Request {
  #url;
  #method = 'GET';
  #headers;
  #redirect = 'follow';
  #signal = null;

  static {
    isRequest = (value) => isObject(value) && #url in value;
    fieldsOf = (request) => ({
      __proto__: null, url: request.#url, method: request.#method, headers: request.#headers, redirect: request.#redirect, signal: request.#signal,
    });
  }

  constructor(input, init = undefined) {
    if (arguments.length === 0) throw new TypeError('Request: the address is missing');
    const given = membersOf(init, REQUEST_OPTIONS, 'Request');
    const from = isRequest(input) ? input : undefined;
    this.#url = from === undefined ? addressOf(input) : from.#url;
    if (from !== undefined) {
      this.#method = from.#method;
      this.#redirect = from.#redirect;
      this.#signal = from.#signal;
    }
    if (given.method !== undefined) this.#method = methodOf(given.method);
    if (given.redirect !== undefined) {
      this.#redirect = `${given.redirect}`;
      if (this.#redirect !== REDIRECTS[0] && this.#redirect !== REDIRECTS[1] && this.#redirect !== REDIRECTS[2]) {
        throw new TypeError(`Request: redirect is 'follow', 'error' or 'manual', not ${inspect(this.#redirect)}`);
      }
    }
    if (given.integrity !== undefined && `${given.integrity}` !== '') throw new TypeError('Request: integrity is not checked here');
    if (given.signal !== undefined) this.#signal = signalOf(given.signal);
    this.#headers = new Headers(given.headers ?? from?.#headers);
    this.#takeBody(given.body, from);
  }

  #takeBody(value, from) {
    const isGiven = value !== undefined && value !== null;
    if (isGiven && (this.#method === 'GET' || this.#method === 'HEAD')) throw new TypeError('Request with GET/HEAD method cannot have body.');
    if (isGiven) {
      const {source, type} = extractBody(value, 'Request');
      if (type !== undefined && !hasHeader(this.#headers, 'content-type')) addHeader(this.#headers, 'Content-Type', type);
      setBody(this, source);
      return;
    }
    const body = from === undefined ? undefined : bodyOf(from, 'Request');
    if (body?.isUsed) throw new TypeError('Request: the body of the other request has already been read');
    const source = body?.source ?? newSource(null);
    if (source.value !== null) {
      if (this.#method === 'GET' || this.#method === 'HEAD') throw new TypeError('Request with GET/HEAD method cannot have body.');
      body.isUsed = true;
    }
    setBody(this, source);
  }

  get url() {
    return this.#url;
  }
  get method() {
    return this.#method;
  }
  get headers() {
    return this.#headers;
  }
  get redirect() {
    return this.#redirect;
  }
  get signal() {
    this.#signal ??= makeSignal();
    return this.#signal;
  }

  clone() {
    const made = new Request(this.#url, {__proto__: null, method: this.#method, headers: this.#headers, redirect: this.#redirect, signal: this.#signal});
    shareBody(this, made, 'Request.clone');
    return made;
  }

  [customInspect](depth, options) {
    return `Request ${shown(this, ['method', 'url', 'headers', 'redirect', 'signal', 'bodyUsed'], options)}`;
  }
}
defineBody(Request);

// --- Response ---

const isNullStatus = (status) => status === 101 || status === 103 || status === 204 || status === 205 || status === 304;
const isRedirectStatus = (status) => status === 301 || status === 302 || status === 303 || status === 307 || status === 308;

let arrived, responseHeaders;

class Response {
  #status = 200;
  #statusText = '';
  #headers;
  #url = '';
  #isRedirected = false;
  #type = 'default';

  static {
    /** What has come from the host: [number, 'head', status, reason, url, is redirected, ...headers]. */
    arrived = (said, source) => {
      const response = new Response();
      response.#status = said[2];
      response.#statusText = said[3];
      response.#url = said[4];
      response.#isRedirected = said[5];
      response.#type = 'basic';
      for (let i = 6; i < said.length; i += 2) addHeader(response.#headers, said[i], said[i + 1]);
      fixHeaders(response.#headers);
      setBody(response, source);
      return response;
    };
    responseHeaders = (response) => response.#headers;
  }

  constructor(body = null, init = undefined) {
    const given = membersOf(init, ['headers', 'status', 'statusText'], 'Response');
    if (given.status !== undefined) {
      this.#status = +given.status;
      if (!(this.#status >= 200 && this.#status < 600)) throw new RangeError(`Response: the status must be from 200 to 599, not ${this.#status}`);
      this.#status |= 0;
    }
    if (given.statusText !== undefined) {
      this.#statusText = `${given.statusText}`;
      if (!isHeaderValue(this.#statusText)) throw new TypeError('Response: the statusText has an end of a line, a control character or one above U+00FF');
    }
    this.#headers = new Headers(given.headers ?? undefined);
    if (body === null || body === undefined) {
      setBody(this, newSource(null));
      return;
    }
    if (isNullStatus(this.#status)) throw new TypeError(`Response: one with the status ${this.#status} can't have a body`);
    const {source, type} = extractBody(body, 'Response');
    if (type !== undefined && !hasHeader(this.#headers, 'content-type')) addHeader(this.#headers, 'Content-Type', type);
    setBody(this, source);
  }

  static error() {
    const response = new Response();
    response.#status = 0;
    response.#type = 'error';
    fixHeaders(response.#headers);
    return response;
  }

  static json(data, init = undefined) {
    const text = jsonStringify(data);
    if (text === undefined) throw new TypeError('Response.json: the value is not JSON serializable');
    const given = membersOf(init, ['headers', 'status', 'statusText'], 'Response.json');
    const headers = new Headers(given.headers ?? undefined);
    if (!hasHeader(headers, 'content-type')) addHeader(headers, 'Content-Type', 'application/json');
    given.headers = headers;
    return new Response(text, given);
  }

  static redirect(url, status = 302) {
    const code = +status;
    if (!isRedirectStatus(code)) throw new RangeError(`Response.redirect: ${code} is no status of a redirect`);
    const response = new Response(null, {__proto__: null, status: code});
    addHeader(response.#headers, 'Location', addressOf(url));
    fixHeaders(response.#headers);
    return response;
  }

  get status() {
    return this.#status;
  }
  get statusText() {
    return this.#statusText;
  }
  get ok() {
    return this.#status >= 200 && this.#status < 300;
  }
  get headers() {
    return this.#headers;
  }
  get url() {
    const at = this.#url.length === 0 ? -1 : indexOfHash(this.#url);
    return at < 0 ? this.#url : stringSlice(this.#url, 0, at);
  }
  get redirected() {
    return this.#isRedirected;
  }
  get type() {
    return this.#type;
  }

  clone() {
    const made = new Response(null, {__proto__: null, headers: this.#headers});
    made.#status = this.#status;
    made.#statusText = this.#statusText;
    made.#url = this.#url;
    made.#isRedirected = this.#isRedirected;
    made.#type = this.#type;
    shareBody(this, made, 'Response.clone');
    return made;
  }

  [customInspect](depth, options) {
    return `Response ${shown(this, ['status', 'statusText', 'headers', 'bodyUsed', 'ok', 'redirected', 'type', 'url'], options)}`;
  }
}
const headersOf = (holder) => (isRequest(holder) ? fieldsOf(holder).headers : responseHeaders(holder));
defineBody(Response);

function indexOfHash(text) {
  for (let i = 0; i < text.length; i++) if (text[i] === '#') return i;
  return -1;
}

// --- fetch ---

// What is under way: number -> {head(said), body(said)}, which settle two promises; both may be told more than once.
const underWay = new Map();
let lastNumber = 0;

operations.fetched = (said) => {
  const entry = mapGet(underWay, said[0]);
  if (entry === undefined) return;
  if (said[1] !== 'head') mapDelete(underWay, said[0]);
  // Without a prototype: promises look for `then` in what they are given.
  const told = {__proto__: null, kind: said[1], said, bytes: said[1] === 'body' ? said[2] : undefined};
  entry.head(told);
  if (said[1] !== 'head') entry.body(told);
};

const abortError = () => new DOMException('This operation was aborted', 'AbortError');

/** The error for what the host has said: [number, 'failed', message, code, ...details] or [number, 'aborted', message]. */
function failedError(message, {kind, said}) {
  if (kind === 'aborted') return abortError();
  const cause = codedCause(new Error(said[2]), said[3]);
  // It has happened in the host: the line of the code is told by the error whose cause it is.
  defineProperty(cause, 'stack', {__proto__: null, value: `Error: ${said[2]}`, writable: true, configurable: true});
  for (let i = 4; i < said.length; i += 2) {
    defineProperty(cause, said[i], {__proto__: null, value: said[i + 1], enumerable: true, writable: true, configurable: true});
  }
  return new TypeError(message, {__proto__: null, cause});
}

const reasonOf = (signal) => {
  const {reason} = signal;
  return reason === undefined ? abortError() : reason;
};

async function fetch(input, init) {
  const request = new Request(input, init);
  const {url, method, headers, redirect, signal} = fieldsOf(request);
  if (signal !== null && signal.aborted) throw reasonOf(signal);
  const body = await sentBody(request);
  lastNumber += 1;
  const number = lastNumber;
  const entry = {__proto__: null, head: undefined, body: undefined};
  const head = new Promise((resolve) => (entry.head = resolve));
  const coming = new Promise((resolve) => (entry.body = resolve));
  mapSet(underWay, number, entry);
  if (signal !== null) {
    const forget = whenAborted(signal, () => {
      if (!mapDelete(underWay, number)) return;
      host.abortFetch(number);
      const told = {__proto__: null, kind: 'reason', reason: reasonOf(signal)};
      entry.head(told);
      entry.body(told);
    });
    promiseThen(coming, () => {
      try {
        forget();
      } catch {
        // a signal of another package, which may do so
      }
    });
    if (signal.aborted) {
      mapDelete(underWay, number);
      throw reasonOf(signal);
    }
  }
  const call = [currentCell(), number, url, method, redirect, body];
  const parts = flatHeaders(headers);
  for (let i = 0; i < parts.length; i++) arrayPush(call, parts[i]);
  try {
    apply(host.fetch, undefined, call);
  } catch (cause) {
    mapDelete(underWay, number);
    throw new TypeError('fetch failed', {__proto__: null, cause});
  }
  const told = await head;
  if (told.kind === 'reason') throw told.reason;
  if (told.kind !== 'head') throw failedError('fetch failed', told);
  const hasBody = !isNullStatus(told.said[2]) && method !== 'HEAD';
  return arrived(told.said, hasBody ? newSource(null, coming) : newSource(null));
}

/** What the host sends: null, a string or an ArrayBuffer. */
async function sentBody(request) {
  const value = await take(request, 'fetch');
  return value === null || typeof value === 'string' ? value : bufferHolding(value);
}

const tag = (Class) => defineProperty(Class.prototype, toStringTag, {__proto__: null, value: Class.name, configurable: true});
tag(Headers);
tag(Request);
tag(Response);
exports.fetch = fetch;
exports.Headers = Headers;
exports.Request = Request;
exports.Response = Response;
