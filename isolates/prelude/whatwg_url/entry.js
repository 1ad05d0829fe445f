// The entry of parser.js: what url.js asks of whatwg-url. Texts go in and texts come out, so nobody gets an object of this realm.
const {
  basicURLParse, cannotHaveAUsernamePasswordPort, hasAnOpaquePath, serializeHost, serializePath, serializeURL, serializeURLOrigin, setThePassword,
  setTheUsername,
} = require('whatwg-url/lib/url-state-machine.js');

let last = {href: '', url: null}; // the URL that was told last, which is often the one that is changed next

/** href, origin, protocol, username, password, host, hostname, port, pathname, search and hash, on a line each: URLs have no line breaks. */
function partsOf(url) {
  const {scheme, username, password, port, query, fragment} = url;
  const hostname = url.host === null ? '' : serializeHost(url.host);
  const href = serializeURL(url);
  const parts = [
    href, serializeURLOrigin(url), `${scheme}:`, username, password, port === null ? hostname : `${hostname}:${port}`, hostname,
    port === null ? '' : `${port}`, serializePath(url), query ? `?${query}` : '', fragment ? `#${fragment}` : '',
  ].join('\n');
  last = {href, url};
  return parts;
}

const change = (url, text, stateOverride) => basicURLParse(text, {url, stateOverride});
const without = (mark, text) => (text[0] === mark ? text.slice(1) : text);

const setters = {
  protocol(url, text) {
    change(url, `${text}:`, 'scheme start');
  },
  username(url, text) {
    if (!cannotHaveAUsernamePasswordPort(url)) setTheUsername(url, text);
  },
  password(url, text) {
    if (!cannotHaveAUsernamePasswordPort(url)) setThePassword(url, text);
  },
  host(url, text) {
    if (!hasAnOpaquePath(url)) change(url, text, 'host');
  },
  hostname(url, text) {
    if (!hasAnOpaquePath(url)) change(url, text, 'hostname');
  },
  port(url, text) {
    if (cannotHaveAUsernamePasswordPort(url)) return;
    if (text === '') url.port = null;
    else change(url, text, 'port');
  },
  pathname(url, text) {
    if (hasAnOpaquePath(url)) return;
    url.path = [];
    change(url, text, 'path start');
  },
  search(url, text) {
    url.query = text === '' ? null : '';
    if (text !== '') change(url, without('?', text), 'query');
  },
  /** What URLSearchParams have made, which is encoded already. */
  form(url, text) {
    url.query = text === '' ? null : text;
  },
  hash(url, text) {
    url.fragment = text === '' ? null : '';
    if (text !== '') change(url, without('#', text), 'fragment');
  },
};

module.exports = {
  /** The parts of a URL, or null for what is none. `base` may be undefined. */
  read(text, base) {
    const baseURL = base === undefined ? null : basicURLParse(base);
    const url = base !== undefined && baseURL === null ? null : basicURLParse(text, {baseURL});
    return url === null ? null : partsOf(url);
  },
  /** The parts of a URL after one has been set. */
  set(href, part, text) {
    const url = href === last.href ? last.url : basicURLParse(href);
    last = {href: '', url: null}; // until the change has succeeded
    setters[part](url, text);
    return partsOf(url);
  },
};
