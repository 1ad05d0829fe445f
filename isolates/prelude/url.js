// URL. The parser is whatwg-url's (whatwg_url/build.mjs), evaluated on the first use.

let urlParser = undefined;
let idna = undefined;

const urlGlobals = {
  __proto__: null, Array, Math, RangeError, Set, String, Symbol, TextDecoder, TextEncoder, Uint8Array, isNaN, parseInt,
  idna: () => (idna ??= evaluateBundle('whatwg_url/idna', urlGlobals)),
};

/** The record of a URL, or null. With `url` in the options that one is changed. */
function parseUrl(text, options) {
  urlParser ??= evaluateBundle('whatwg_url/parser', urlGlobals);
  return urlParser.basicURLParse(text, {__proto__: null, ...options});
}

function parseWithBase(text, base) {
  if (base === undefined) return parseUrl(text);
  const baseURL = parseUrl(base);
  return baseURL === null ? null : parseUrl(text, {__proto__: null, baseURL});
}

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

const urlFields = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash'];

let hrefOf; // (value) => the text of a URL, or undefined

class URL {
  #record;
  #params;

  constructor(url, base = undefined) {
    if (arguments.length === 0) throw missingArguments('"url" argument', new.target);
    const input = usvString(url);
    const root = base === undefined ? undefined : usvString(base);
    this.#record = parseWithBase(input, root);
    if (this.#record === null) throw invalidUrl(input, root, new.target);
    this.#params = bindParams(new URLSearchParams(), (list) => {
      this.#record.query = list.length === 0 ? null : serializeForm(list);
    });
    this.#readQuery();
  }

  static canParse(url, base = undefined) {
    if (arguments.length === 0) throw missingArguments('"url" argument', URL.canParse);
    return parseWithBase(usvString(url), base === undefined ? undefined : usvString(base)) !== null;
  }
  static parse(url, base = undefined) {
    if (arguments.length === 0) throw missingArguments('"url" argument', URL.parse);
    const input = usvString(url);
    const root = base === undefined ? undefined : usvString(base);
    return parseWithBase(input, root) === null ? null : new URL(input, root);
  }

  toString() {
    return urlParser.serializeURL(URL.#recordOf(this));
  }
  get href() {
    return urlParser.serializeURL(URL.#recordOf(this));
  }
  set href(value) {
    URL.#recordOf(this);
    const input = usvString(value);
    const record = parseUrl(input);
    if (record === null) throw invalidUrl(input, undefined, URL);
    this.#record = record;
    this.#readQuery();
  }
  get origin() {
    return urlParser.serializeURLOrigin(URL.#recordOf(this));
  }
  get protocol() {
    return `${URL.#recordOf(this).scheme}:`;
  }
  set protocol(value) {
    URL.#change(this, `${usvString(value)}:`, 'scheme start');
  }
  get username() {
    return URL.#recordOf(this).username;
  }
  set username(value) {
    const record = URL.#recordOf(this);
    const text = usvString(value);
    if (!urlParser.cannotHaveAUsernamePasswordPort(record)) urlParser.setTheUsername(record, text);
  }
  get password() {
    return URL.#recordOf(this).password;
  }
  set password(value) {
    const record = URL.#recordOf(this);
    const text = usvString(value);
    if (!urlParser.cannotHaveAUsernamePasswordPort(record)) urlParser.setThePassword(record, text);
  }
  get host() {
    const {host, port} = URL.#recordOf(this);
    if (host === null) return '';
    return port === null ? urlParser.serializeHost(host) : `${urlParser.serializeHost(host)}:${port}`;
  }
  set host(value) {
    if (!urlParser.hasAnOpaquePath(URL.#recordOf(this))) URL.#change(this, usvString(value), 'host');
  }
  get hostname() {
    const {host} = URL.#recordOf(this);
    return host === null ? '' : urlParser.serializeHost(host);
  }
  set hostname(value) {
    if (!urlParser.hasAnOpaquePath(URL.#recordOf(this))) URL.#change(this, usvString(value), 'hostname');
  }
  get port() {
    const {port} = URL.#recordOf(this);
    return port === null ? '' : `${port}`;
  }
  set port(value) {
    const record = URL.#recordOf(this);
    const text = usvString(value);
    if (urlParser.cannotHaveAUsernamePasswordPort(record)) return;
    if (text === '') record.port = null;
    else URL.#change(this, text, 'port');
  }
  get pathname() {
    return urlParser.serializePath(URL.#recordOf(this));
  }
  set pathname(value) {
    const record = URL.#recordOf(this);
    const text = usvString(value);
    if (urlParser.hasAnOpaquePath(record)) return;
    record.path = [];
    URL.#change(this, text, 'path start');
  }
  get search() {
    const {query} = URL.#recordOf(this);
    return query === null || query === '' ? '' : `?${query}`;
  }
  set search(value) {
    const record = URL.#recordOf(this);
    const text = usvString(value);
    record.query = text === '' ? null : '';
    if (text !== '') URL.#change(this, text[0] === '?' ? stringSlice(text, 1) : text, 'query');
    this.#readQuery();
  }
  get searchParams() {
    URL.#recordOf(this);
    return this.#params;
  }
  get hash() {
    const {fragment} = URL.#recordOf(this);
    return fragment === null || fragment === '' ? '' : `#${fragment}`;
  }
  set hash(value) {
    const record = URL.#recordOf(this);
    const text = usvString(value);
    record.fragment = text === '' ? null : '';
    if (text !== '') URL.#change(this, text[0] === '#' ? stringSlice(text, 1) : text, 'fragment');
  }
  toJSON() {
    return urlParser.serializeURL(URL.#recordOf(this));
  }
  [customInspect](depth, options) {
    if (depth < 0) return this;
    const fields = {};
    for (let i = 0; i < urlFields.length; i++) fields[urlFields[i]] = this[urlFields[i]];
    return `${this.constructor.name} ${inspect(fields, options)}`;
  }

  #readQuery() {
    const {query} = this.#record;
    setParams(this.#params, query === null ? plain([]) : parseForm(query));
  }

  static #recordOf(url) {
    if (url === null || typeof url !== 'object' || !(#record in url)) throw notA('URL', URL.#recordOf);
    return url.#record;
  }

  static #change(url, text, stateOverride) {
    parseUrl(text, {__proto__: null, url: URL.#recordOf(url), stateOverride});
  }

  static {
    hrefOf = (value) => (value !== null && typeof value === 'object' && #record in value ? urlParser.serializeURL(value.#record) : undefined);
  }
}

function installUrl() {
  const {canParse, parse} = URL;
  defineClass(URLSearchParams);
  defineClass(URL);
  defineProperty(URL, 'canParse', {__proto__: null, value: canParse, enumerable: true, writable: true, configurable: true});
  defineProperty(URL, 'parse', {__proto__: null, value: parse, enumerable: true, writable: true, configurable: true});
}
