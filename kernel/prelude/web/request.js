// Request.

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
    const init = {__proto__: null, method: this.#method, headers: this.#headers, redirect: this.#redirect, signal: this.#signal};
    const made = new Request(this.#url, init);
    shareBody(this, made, 'Request.clone');
    return made;
  }

  [customInspect](depth, options) {
    return `Request ${shown(this, ['method', 'url', 'headers', 'redirect', 'signal', 'bodyUsed'], options)}`;
  }
}
defineBody(Request);
