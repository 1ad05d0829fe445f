// The first file of every prelude: what later files use of the language, captured before the user's first line. Nothing
// in a prelude may use a method or a global at run time that the user could have replaced. All of it is strict
// (source() in __init__.py sees to it), so `caller`, `arguments` and getFunction() of call sites give nothing away.

const {apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf} = Reflect;
const uncurryThis = Function.prototype.bind.bind(Function.prototype.call);
const getterOf = (holder, key) => uncurryThis(getOwnPropertyDescriptor(holder, key).get);

const {Array, ArrayBuffer, BigInt, DataView, Date, Error, Map, Math, Number, Object, Promise, RangeError, RegExp, Set, String, Symbol, SyntaxError,
  TypeError, Uint8Array, isNaN, parseInt} = globalThis;
const {isArray} = Array;
const {floor, max, min, trunc} = Math;
const freeze = Object.freeze;
const captureStackTrace = Error.captureStackTrace;
const toStringTag = Symbol.toStringTag;

const arrayJoin = uncurryThis(Array.prototype.join);
const arrayPrototype = Array.prototype;
const arrayAppend = uncurryThis(Array.prototype.push);
const functionToString = uncurryThis(Function.prototype.toString);
const hasOwn = uncurryThis(Object.prototype.hasOwnProperty);
const isEnumerable = uncurryThis(Object.prototype.propertyIsEnumerable);
const isPrototypeOf = uncurryThis(Object.prototype.isPrototypeOf);
const {parse: jsonParse, stringify: jsonStringify} = JSON;
const mapDelete = uncurryThis(Map.prototype.delete);
const mapForEach = uncurryThis(Map.prototype.forEach);
const mapGet = uncurryThis(Map.prototype.get);
const mapHas = uncurryThis(Map.prototype.has);
const mapSet = uncurryThis(Map.prototype.set);
const mapSize = getterOf(Map.prototype, 'size');
const numberToFixed = uncurryThis(Number.prototype.toFixed);
const promiseThen = uncurryThis(Promise.prototype.then);
const setAdd = uncurryThis(Set.prototype.add);
const setForEach = uncurryThis(Set.prototype.forEach);
const setHas = uncurryThis(Set.prototype.has);
const setSize = getterOf(Set.prototype, 'size');
const stringIncludes = uncurryThis(String.prototype.includes);
const stringIndexOf = uncurryThis(String.prototype.indexOf);
const stringRepeat = uncurryThis(String.prototype.repeat);
const stringReplaceAll = uncurryThis(String.prototype.replaceAll);
const stringSlice = uncurryThis(String.prototype.slice);
const stringSplit = uncurryThis(String.prototype.split);
const SymbolFor = Symbol.for;
const uint8ToBase64 = uncurryThis(Uint8Array.prototype.toBase64);

/** Adds an item also where the user has given prototypes a setter for its index, which push() would call. */
function arrayPush(array, value) {
  const at = array.length;
  if (at in arrayPrototype) defineProperty(array, at, {__proto__: null, value, writable: true, enumerable: true, configurable: true});
  else arrayAppend(array, value);
}

/** Array.prototype.slice() for indices that count from the start. That one asks `constructor` and Symbol.species, which may be the user's. */
function arraySlice(array, start = 0, end = array.length) {
  const copy = [];
  const stop = min(end, array.length);
  for (let i = start; i < stop; i++) {
    if (i in array) arrayPush(copy, array[i]);
    else copy.length += 1;
  }
  return copy;
}

/** An array that is nobody's: its items are set and read without a look at prototypes, and JSON.stringify() finds no toJSON(). */
function plain(array) {
  setPrototypeOf(array, null);
  return array;
}

/** Adds a global the way the web's are: replaceable, and deletable. */
function defineGlobal(name, value, enumerable = true) {
  defineProperty(globalThis, name, {__proto__: null, value, enumerable, writable: true, configurable: true});
}
