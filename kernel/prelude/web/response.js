// Response.

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
      if (!isHeaderValue(this.#statusText)) throw new TypeError(`Response: the statusText has ${NOT_IN_HEADERS}`);
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
