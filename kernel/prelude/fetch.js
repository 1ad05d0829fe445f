// fetch and its classes, for isolates that may use the network. What is here only loads them, from web/, when they are
// first used.

let web = undefined;
// Beside what other files have captured already.
const capturedForWeb = {
  __proto__: null,
  arraySort: uncurryThis(Array.prototype.sort),
  toUpperCase: uncurryThis(String.prototype.toUpperCase),
  toWellFormed: uncurryThis(String.prototype.toWellFormed),
  weakMapGet: uncurryThis(WeakMap.prototype.get),
  weakMapSet: uncurryThis(WeakMap.prototype.set),
  encodeText: uncurryThis(TextEncoder.prototype.encode),
  decodeText: uncurryThis(TextDecoder.prototype.decode),
  WeakMap,
};

function loadWeb() {
  if (web !== undefined) return web;
  const evaluate = natives.compile(host.fetchSource(), 'isolates:web/fetch.js');
  const given = {
    __proto__: null, ...capturedForWeb, apply, arrayJoin, arrayPush, arraySlice, bufferLength, bufferSlice, bytesOf, charCode, currentCell,
    customInspect, defineProperty, getOwnPropertyDescriptor, host, inspect, isArrayBuffer, isDataView, isObject, isTypedArray, iteratorSymbol,
    jsonParse, jsonStringify, makeSignal, mapDelete, mapForEach, mapGet, mapSet, operations, ownKeys, placeTimeout, promiseThen, stringSlice,
    stringToLowerCase, toStringTag, typedBuffer, typedLength, typedOffset, whenAborted, DOMException, Error, Map, Promise, RangeError, TextDecoder, TextEncoder,
    TypeError, Uint8Array,
  };
  const exports = {__proto__: null};
  apply(evaluate, undefined, [exports, given, undefined, '', '']);
  web = exports;
  return web;
}

function installFetch() {
  if (host.fetch === undefined) return;
  defineGlobal('fetch', {fetch: (input, init = undefined) => loadWeb().fetch(input, init)}.fetch);
  const names = ['Headers', 'Request', 'Response'];
  for (let i = 0; i < names.length; i++) defineOnUse(names[i], () => loadWeb()[names[i]]);
}
