// The first file of fetch() and its classes, which are one function body (FILES in fetches.py), evaluated on first use, with the
// parameters `exports` and `require`: what the prelude gives (fetch.js). What users give is read once, and made a string or a
// copy of bytes at once; the host gets nothing else. Here: what may stand in HTTP.
const {
  apply, arrayJoin, arrayPush, arraySlice, arraySort, bufferLength, bufferSlice, bytesOf, charCode, currentCell, customInspect, decodeText,
  defineProperty, encodeText, getOwnPropertyDescriptor, host, inspect, isArrayBuffer, isDataView, isObject, isTypedArray, iteratorSymbol, jsonParse,
  jsonStringify, makeSignal, mapDelete, mapForEach, mapGet, mapSet, operations, ownKeys, placeTimeout, promiseThen, stringSlice, stringToLowerCase,
  toStringTag, toUpperCase, toWellFormed, typedBuffer, typedLength, typedOffset, weakMapGet, weakMapSet, whenAborted, DOMException, Error, Map, Promise,
  RangeError, TextDecoder, TextEncoder, TypeError, Uint8Array, WeakMap,
} = require;

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

const NOT_IN_HEADERS = 'an end of a line, a control character or one above U+00FF';

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
  if (!isHeaderValue(text)) throw new TypeError(`${what}: the value of the header ${name} has ${NOT_IN_HEADERS}`);
  return text;
}

/** The members of an object of the user's, read once, in the order of `names`. */
function membersOf(init, names, what) {
  const found = {__proto__: null};
  if (init === undefined || init === null) return found;
  if (!isObject(init)) throw new TypeError(`${what}: the options must be an object, not ${typeof init}`);
  for (let i = 0; i < names.length; i++) found[names[i]] = init[names[i]];
  return found;
}
