// What Node's module url had before it had URL, and packages still call: one function body, evaluated on first use, with the parameters
// `exports` and `require`: what the prelude gives (file_urls.js).
'use strict';
const {
  argumentError, arrayPush, decodeComponent, encodeComponent, hashOf, hrefOf, isArray, ownKeys, parseForm, pathnameOf, plain, protocolOf,
  searchOf, serializeForm, stringIncludes, stringIndexOf, stringLastIndexOf, stringReplaceAll, stringSlice, stringToLowerCase, stringTrimBoth,
  URL,
} = require;

const schemeLetters = 'abcdefghijklmnopqrstuvwxyz0123456789+.-';

/** Where the scheme of a URL ends, behind its colon; 0 if it has none. */
function schemeEnd(text) {
  const end = stringIndexOf(text, ':');
  for (let i = 0; i < end; i++) {
    if (!stringIncludes(schemeLetters, stringToLowerCase(text[i]))) return 0;
  }
  return end + 1;
}

/** [what stands before the sign, the sign and what follows], the latter null if there is no sign. */
function cutAt(text, sign) {
  const at = stringIndexOf(text, sign);
  return at < 0 ? plain([text, null]) : plain([stringSlice(text, 0, at), stringSlice(text, at)]);
}

function parseHost(text, parts) {
  const at = stringLastIndexOf(text, '@');
  if (at >= 0) parts.auth = decodeComponent(stringSlice(text, 0, at));
  parts.host = stringToLowerCase(stringSlice(text, at + 1));
  const colon = stringLastIndexOf(parts.host, ':');
  const port = stringSlice(parts.host, colon + 1);
  const hasPort = colon >= 0 && port !== '' && +port >= 0;
  if (hasPort) parts.port = port;
  const name = hasPort ? stringSlice(parts.host, 0, colon) : parts.host;
  parts.hostname = name[0] === '[' ? stringSlice(name, 1, name.length - 1) : name;
}

/** The parts of a URL, of a relative one too, as far as one can tell them without rules for schemes. */
function parseOldUrl(url, parseQueryString = false, slashesDenoteHost = false) {
  if (typeof url !== 'string') throw argumentError('url', 'of type string', url, exports.parse);
  const parts = {
    protocol: null, slashes: null, auth: null, host: null, port: null, hostname: null, hash: null, search: null, query: null, pathname: null,
    path: null, href: '',
  };
  let rest = stringTrimBoth(url);
  const end = schemeEnd(rest);
  if (end > 0) parts.protocol = stringToLowerCase(stringSlice(rest, 0, end));
  const afterHash = cutAt(stringSlice(rest, end), '#');
  parts.hash = afterHash[1];
  const afterSearch = cutAt(afterHash[0], '?');
  parts.search = afterSearch[1];
  parts.query = parts.search === null ? null : stringSlice(parts.search, 1);
  rest = afterSearch[0];
  if (stringSlice(rest, 0, 2) === '//' && (end > 0 || slashesDenoteHost)) {
    parts.slashes = true;
    const place = cutAt(stringSlice(rest, 2), '/');
    parseHost(place[0], parts);
    rest = place[1] ?? (parts.host === '' ? '' : '/');
  }
  parts.pathname = rest === '' ? null : rest;
  parts.path = parts.pathname === null && parts.search === null ? null : (parts.pathname ?? '') + (parts.search ?? '');
  parts.href = formatOldUrl(parts);
  if (parseQueryString) parts.query = entriesOf(parts.query ?? '');
  return parts;
}

/** The values of a query by name; those that come twice as lists. */
function entriesOf(query) {
  const list = parseForm(query);
  const found = {__proto__: null};
  for (let i = 0; i < list.length; i++) {
    const {name, value} = list[i];
    if (found[name] === undefined) found[name] = value;
    else if (typeof found[name] === 'string') found[name] = [found[name], value];
    else arrayPush(found[name], value);
  }
  return found;
}

/** The text of a query by name; a list is one pair for each of its items. */
function queryOf(query) {
  const list = plain([]);
  const names = ownKeys(query);
  for (let i = 0; i < names.length; i++) {
    const values = query[names[i]];
    const count = isArray(values) ? values.length : 1;
    for (let k = 0; k < count; k++) list[list.length] = {__proto__: null, name: names[i], value: `${isArray(values) ? values[k] : values}`};
  }
  return serializeForm(list);
}

/** The text of a URL, of a class or as parse() has it. */
function formatOldUrl(url) {
  if (typeof url === 'string') return parseOldUrl(url).href;
  const href = hrefOf(url);
  if (href !== undefined) return href;
  if (url === null || typeof url !== 'object') throw argumentError('urlObject', 'one of type object or string', url, exports.format);
  const {protocol, slashes, auth, host, hostname, port, pathname, search, query, hash} = url;
  const name = hostname && stringIncludes(hostname, ':') ? `[${hostname}]` : hostname;
  const place = host || (name ? name + (port ? `:${port}` : '') : '');
  const scheme = protocol ? (protocol[protocol.length - 1] === ':' ? protocol : `${protocol}:`) : '';
  const sent = typeof query === 'object' && query !== null ? queryOf(query) : query;
  const asked = search || (sent ? `?${sent}` : '');
  const path = pathname ?? '';
  const hasPlace = slashes || place !== '';
  return (
    scheme + (hasPlace ? '//' : '') + (hasPlace && auth ? `${encodeAuth(auth)}@` : '') + place +
    (hasPlace && path !== '' && path[0] !== '/' ? '/' : '') + path + (asked && asked[0] !== '?' ? '?' : '') + asked +
    (hash ? (hash[0] === '#' ? hash : `#${hash}`) : '')
  );
}

const encodeAuth = (auth) => stringReplaceAll(encodeComponent(auth), '%3A', ':');

/** Where a link leads that stands at `from`. */
function resolveUrl(from, to) {
  const base = hrefOf(new URL(`${from}`, 'relative://'));
  const found = new URL(`${to}`, base);
  if (protocolOf(found) !== 'relative:') return hrefOf(found);
  const path = pathnameOf(found) + searchOf(found) + hashOf(found);
  return stringSlice(`${from}`, 0, 1) === '/' || stringSlice(`${to}`, 0, 1) === '/' ? path : stringSlice(path, 1);
}
const methods = {
  parse: (url, parseQueryString, slashesDenoteHost) => parseOldUrl(url, parseQueryString, slashesDenoteHost),
  format: (url) => formatOldUrl(url),
  resolve: (from, to) => resolveUrl(from, to),
};
exports.parse = methods.parse;
exports.format = methods.format;
exports.resolve = methods.resolve;
