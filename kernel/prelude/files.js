// fs, fs/promises and os, for isolates that may use files. What is here only loads them, from fs/, when they are first asked for.

let files = undefined;
// Beside what other files have captured already.
const capturedForFiles = {
  __proto__: null,
  numberIsInteger: Number.isInteger,
  round: Math.round,
};

function loadFiles() {
  if (files !== undefined) return files;
  const evaluate = natives.compile(host.filesSource(), 'isolates:fs/fs.js');
  const given = {
    __proto__: null, ...capturedForFiles, apply, argumentError, arrayPush, asUrl, bufferLength, bytesOf, captureStackTrace, codedError, currentCell,
    dateTime, defineProperty, freeze, getOwnPropertyDescriptor, host, inspect, isArrayBuffer, isDataView, isDate, isObject, isTypedArray,
    mapDelete, mapGet, mapSet, operations, ownKeys, parseInt, pathOfUrl, plain, promisifyCustom, requireBuiltin, setCurrentCell,
    setPrototypeOf, stringIncludes, stringIndexOf, stringSlice, stringToLowerCase, typedArrayTag, typedBuffer, typedByteLength, typedOffset,
    whenAborted, BigInt, Date, Error, Map, Number, Promise, RangeError, Symbol, TypeError, Uint8Array,
  };
  const exports = {__proto__: null};
  apply(evaluate, undefined, [exports, given, undefined, '', '']);
  files = exports;
  return files;
}

if (host.file !== undefined) {
  builtins.fs = () => loadFiles().fs;
  builtins['fs/promises'] = () => loadFiles().promises;
  builtins.constants = () => loadFiles().constants;
  builtins.os = () => loadFiles().os;
}
