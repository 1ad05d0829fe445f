// The first file of fs, fs/promises and os, which are one function body (files.py), evaluated on first use, with the parameters `exports` and
// `require`: what the prelude gives (files.js). What users give is read once, and made a string, a number or a buffer at once; the
// host gets nothing else. Here: options, and the bytes and texts that are written.
const {
  apply, argumentError, arrayPush, asUrl, bufferLength, bytesOf, captureStackTrace, codedError, currentCell, dateTime, defineProperty, freeze,
  getOwnPropertyDescriptor, host, inspect, isArrayBuffer, isDataView, isDate, isObject, isTypedArray, mapDelete, mapGet, mapSet, numberIsInteger,
  operations, ownKeys, parseInt, pathOfUrl, plain, promisifyCustom, requireBuiltin, round, setCurrentCell, setPrototypeOf, stringIncludes,
  stringIndexOf, stringSlice, stringToLowerCase, typedArrayTag, typedBuffer, typedByteLength, typedOffset, whenAborted, BigInt, Date, Error, Map,
  Number, Promise, RangeError, Symbol, TypeError, Uint8Array,
} = require;

const ENCODINGS = {
  __proto__: null,
  utf8: 'utf8', 'utf-8': 'utf8', ucs2: 'utf16le', 'ucs-2': 'utf16le', utf16le: 'utf16le', 'utf-16le': 'utf16le', latin1: 'latin1', binary: 'latin1',
  ascii: 'ascii', hex: 'hex', base64: 'base64', base64url: 'base64url',
};
const FLAGS = {
  __proto__: null,
  r: 'O_RDONLY', rs: 'O_RDONLY O_SYNC', sr: 'O_RDONLY O_SYNC', 'r+': 'O_RDWR', 'rs+': 'O_RDWR O_SYNC', 'sr+': 'O_RDWR O_SYNC',
  w: 'O_TRUNC O_CREAT O_WRONLY', wx: 'O_TRUNC O_CREAT O_WRONLY O_EXCL', xw: 'O_TRUNC O_CREAT O_WRONLY O_EXCL',
  'w+': 'O_TRUNC O_CREAT O_RDWR', 'wx+': 'O_TRUNC O_CREAT O_RDWR O_EXCL', 'xw+': 'O_TRUNC O_CREAT O_RDWR O_EXCL',
  a: 'O_APPEND O_CREAT O_WRONLY', ax: 'O_APPEND O_CREAT O_WRONLY O_EXCL', xa: 'O_APPEND O_CREAT O_WRONLY O_EXCL',
  as: 'O_APPEND O_CREAT O_WRONLY O_SYNC', sa: 'O_APPEND O_CREAT O_WRONLY O_SYNC',
  'a+': 'O_APPEND O_CREAT O_RDWR', 'ax+': 'O_APPEND O_CREAT O_RDWR O_EXCL', 'xa+': 'O_APPEND O_CREAT O_RDWR O_EXCL',
  'as+': 'O_APPEND O_CREAT O_RDWR O_SYNC', 'sa+': 'O_APPEND O_CREAT O_RDWR O_SYNC',
};
const LARGEST_UINT32 = 4294967295;

const valueError = (name, what, value, above) =>
  codedError(TypeError, 'ERR_INVALID_ARG_VALUE', `The argument '${name}' ${what}. Received ${inspect(value)}`, above);
const rangeError = (name, wanted, value, above) =>
  codedError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "${name}" is out of range. It must be ${wanted}. Received ${inspect(value)}`, above);

/** The options that are named, each read once; a string is an encoding, where there is one. */
function readOptions(given, names, above) {
  const found = {__proto__: null};
  if (given === undefined || given === null || typeof given === 'function') return found;
  const takesText = names[0] === 'encoding';
  if (takesText && typeof given === 'string') {
    found.encoding = given;
  } else if (typeof given === 'object') {
    for (let i = 0; i < names.length; i++) found[names[i]] = given[names[i]];
  } else {
    const wanted = takesText ? 'one of type string or object' : 'of type object';
    throw argumentError('options', wanted, given, above);
  }
  return found;
}

/** What the host calls the encoding; '' if there is none. */
function encodingOf(value, above) {
  if (value === undefined || value === null || value === 'buffer') return '';
  const known = typeof value === 'string' ? ENCODINGS[stringToLowerCase(value)] : undefined;
  if (known === undefined) throw valueError('encoding', 'is invalid encoding', value, above);
  return known;
}

/** The encoding of names of files, which are texts unless bytes are wanted. */
const nameEncoding = (value, above) => (value === undefined || value === null ? 'utf8' : encodingOf(value, above));

function flagsOf(value, usual, above) {
  const flag = value ?? usual;
  if (typeof flag === 'number') return integerOf(flag, 'flags', above);
  const known = typeof flag === 'string' ? FLAGS[flag] : undefined;
  if (known === undefined) throw valueError('flags', 'is invalid', flag, above);
  let flags = 0;
  let rest = known;
  while (rest !== '') {
    const at = stringIndexOf(`${rest} `, ' ');
    flags |= constants[stringSlice(rest, 0, at)];
    rest = stringSlice(rest, at + 1);
  }
  return flags;
}

function integerOf(value, name, above, largest = 2147483647) {
  if (typeof value !== 'number') throw argumentError(name, 'of type number', value, above);
  if (!numberIsInteger(value)) throw rangeError(name, 'an integer', value, above);
  if (value < 0 || value > largest) throw rangeError(name, `>= 0 && <= ${largest}`, value, above);
  return value;
}

/** Rights, as a number or in octal. */
function modeOf(value, usual, above, name = 'mode') {
  if (value === undefined || value === null) return usual;
  if (typeof value !== 'string') return integerOf(value, name, above, LARGEST_UINT32);
  let isOctal = value !== '';
  for (let i = 0; i < value.length; i++) isOctal &&= stringIncludes('01234567', value[i]);
  if (!isOctal) throw valueError(name, 'must be a 32-bit unsigned integer or an octal string', value, above);
  return integerOf(parseInt(value, 8), name, above, LARGEST_UINT32);
}

function booleanOf(value, name, above) {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw argumentError(`options.${name}`, 'of type boolean', value, above);
  return value;
}

/** A buffer that has these bytes and no others, without a copy where there is one. */
function bufferOf(bytes) {
  const buffer = typedBuffer(bytes);
  const isWhole = isArrayBuffer(buffer) && typedOffset(bytes) === 0 && bufferLength(buffer) === typedByteLength(bytes);
  return isWhole ? buffer : typedBuffer(new Uint8Array(bytes));
}

/** What is to be written: text, or a buffer. */
function dataOf(value, above) {
  if (typeof value === 'string') return value;
  if (isTypedArray(value) || isDataView(value)) return bufferOf(bytesOf(value));
  throw argumentError('data', 'of type string or an instance of Buffer, TypedArray, or DataView', value, above);
}

/** The bytes that the host gave, as a Buffer. */
function bufferFrom(bytes) {
  setPrototypeOf(bytes, requireBuiltin('buffer').Buffer.prototype);
  return bytes;
}
