// What Request and Response have in common: their bodies, without streams.

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
  if (isArrayBuffer(value) || isTypedArray(value) || isDataView(value)) {
    return {__proto__: null, source: newSource(copyOf(bytesOf(value))), type: undefined};
  }
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
  for (let i = 0; i < keys.length; i++) {
    defineProperty(Class.prototype, keys[i], {__proto__: null, value: methods[keys[i]], enumerable: true, writable: true, configurable: true});
  }
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
