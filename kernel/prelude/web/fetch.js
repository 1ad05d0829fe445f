// The last file: fetch().

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
  if (signal !== null) placeTimeout(signal, fetch);
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
