// The module url: the classes, files as URLs, and what is older than those (old_urls.js). Wants: startFolder, where relative paths begin.

const {decodeURIComponent: decodeComponent, encodeURIComponent: encodeComponent} = globalThis;
const urlField = (name) => getterOf(URL.prototype, name);
const protocolOf = urlField('protocol');
const hostnameOf = urlField('hostname');
const pathnameOf = urlField('pathname');
const searchOf = urlField('search');
const hashOf = urlField('hash');
const ENCODED_IN_PATHS = ['%25', '%', '%5C', '\\', '%0A', '\n', '%0D', '\r', '%09', '\t', '%3F', '?', '%23', '#'];

/** A URL of ours for what is one, of whatever package, or for its text; undefined for anything else. */
function asUrl(value) {
  if (hrefOf(value) !== undefined) return value;
  if (value === null || typeof value !== 'object') return undefined;
  const {href, protocol} = value;
  return typeof href === 'string' && typeof protocol === 'string' && protocol !== '' ? new URL(href) : undefined;
}

/** The path that a URL with the scheme `file:` names. */
function fileURLToPath(url) {
  const found = typeof url === 'string' ? new URL(url) : asUrl(url);
  if (found === undefined) throw argumentError('path', 'of type string or an instance of URL', url, fileURLToPath);
  return pathOfUrl(found, fileURLToPath);
}

function pathOfUrl(url, above) {
  if (protocolOf(url) !== 'file:') throw codedError(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file', above);
  if (hostnameOf(url) !== '') {
    throw codedError(TypeError, 'ERR_INVALID_FILE_URL_HOST', `File URL host must be "localhost" or empty on ${process.platform}`, above);
  }
  const path = pathnameOf(url);
  if (stringIncludes(stringToLowerCase(path), '%2f')) {
    throw codedError(TypeError, 'ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters', above);
  }
  return decodeComponent(path);
}

/** The path from the root, without `.`, `..` and empty parts. */
function absolutePath(path) {
  const parts = plain(stringSplit(stringSlice(path, 0, 1) === '/' ? path : `${startFolder ?? '/'}/${path}`, '/'));
  const kept = plain([]);
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === '..') kept.length = max(0, kept.length - 1);
    else if (parts[i] !== '' && parts[i] !== '.') kept[kept.length] = parts[i];
  }
  return `/${arrayJoin(kept, '/')}`;
}

/** The URL of a path, which begins where the program has started. */
function pathToFileURL(path) {
  if (typeof path !== 'string') throw argumentError('path', 'of type string', path, pathToFileURL);
  const absolute = absolutePath(path);
  let text = absolute !== '/' && path[path.length - 1] === '/' ? `${absolute}/` : absolute;
  for (let i = 0; i < ENCODED_IN_PATHS.length; i += 2) text = stringReplaceAll(text, ENCODED_IN_PATHS[i + 1], ENCODED_IN_PATHS[i]);
  return new URL(`file://${text}`);
}

let urlModule = undefined;
builtins.url = () => {
  if (urlModule !== undefined) return urlModule;
  const old = evaluateBundle('old_urls', {
    __proto__: null,
    argumentError, arrayPush, decodeComponent, encodeComponent, hashOf, hrefOf, isArray, ownKeys, parseForm, pathnameOf, plain, protocolOf,
    searchOf, serializeForm, stringIncludes, stringIndexOf, stringLastIndexOf, stringReplaceAll, stringSlice, stringToLowerCase, stringTrimBoth,
    URL,
  });
  urlModule = {URL, URLSearchParams, fileURLToPath, pathToFileURL, ...old};
  return urlModule;
};
