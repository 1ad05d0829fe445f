// structuredClone and queueMicrotask, which the web has and V8 alone has not.

const cloneError = (message) => new DOMException(message, 'DataCloneError');
const uncloneable = (what) => cloneError(`${what} could not be cloned.`);
const iteratorSymbol = Symbol.iterator;
const errorPrototypes = {
  __proto__: null,
  Error: Error.prototype,
  EvalError: EvalError.prototype,
  RangeError: RangeError.prototype,
  ReferenceError: ReferenceError.prototype,
  SyntaxError: SyntaxError.prototype,
  TypeError: TypeError.prototype,
  URIError: URIError.prototype,
};
const dateTime = uncurryThis(Date.prototype.getTime);
const regExpFlags = getterOf(RegExp.prototype, 'flags');
const bufferLength = getterOf(ArrayBuffer.prototype, 'byteLength');
const bufferTransfer = uncurryThis(ArrayBuffer.prototype.transfer);
const typedBuffer = getterOf(TypedArrayPrototype, 'buffer');
// ArrayBuffer.prototype.slice() asks Symbol.species, which may be the user's.
const bufferSlice = (buffer, start, end) => typedBuffer(new Uint8Array(new Uint8Array(buffer, start, end - start)));
const typedOffset = getterOf(TypedArrayPrototype, 'byteOffset');
const viewBuffer = getterOf(DataView.prototype, 'buffer');
const viewOffset = getterOf(DataView.prototype, 'byteOffset');
const viewLength = getterOf(DataView.prototype, 'byteLength');
const valueOfSymbol = uncurryThis(Symbol.prototype.valueOf);
const unboxers = [
  {accepts: isNumberObject, unbox: uncurryThis(Number.prototype.valueOf)},
  {accepts: isStringObject, unbox: uncurryThis(String.prototype.valueOf)},
  {accepts: isBooleanObject, unbox: uncurryThis(Boolean.prototype.valueOf)},
  {accepts: isBigIntObject, unbox: uncurryThis(BigInt.prototype.valueOf)},
];
const TypedArrays = {__proto__: null};
const typedNames = ownKeys(globalThis);
for (let i = 0; i < typedNames.length; i++) {
  const value = getOwnPropertyDescriptor(globalThis, typedNames[i]).value;
  if (typeof value === 'function' && getPrototypeOf(value) === TypedArrayPrototype.constructor) TypedArrays[typedNames[i]] = value;
}

/** A copy without own properties of objects that hold their value inside; undefined for plain objects and the rest. */
function cloneShell(value, clone) {
  if (isArray(value)) {
    const list = [];
    list.length = value.length;
    return list;
  }
  if (isDate(value)) return new Date(dateTime(value));
  if (isRegExp(value)) return new RegExp(regExpSource(value), regExpFlags(value));
  if (isMap(value)) return new Map();
  if (isSet(value)) return new Set();
  if (isArrayBuffer(value)) return bufferSlice(value, 0, bufferLength(value));
  if (isSharedArrayBuffer(value)) return value;
  if (isTypedArray(value)) {
    return new TypedArrays[typedArrayTag(value)](clone(typedBuffer(value)), typedOffset(value), typedLength(value));
  }
  if (isDataView(value)) return new DataView(clone(viewBuffer(value)), viewOffset(value), viewLength(value));
  if (isSymbolObject(value)) throw uncloneable(`Object(${String(valueOfSymbol(value))})`);
  for (let i = 0; i < unboxers.length; i++) {
    if (unboxers[i].accepts(value)) return Object(unboxers[i].unbox(value));
  }
  if (errorIsError(value)) return copyError(value, clone);
  if (isPromise(value) || isWeakMap(value) || isWeakSet(value)) throw uncloneable(describe(value));
  return undefined;
}

function copyError(value, clone) {
  const name = `${value.name}`;
  const prototype = errorPrototypes[name] ?? Error.prototype;
  const copy = isDomException(value) ? new DOMException(value.message, name) : construct(Error, [], prototype.constructor);
  const fields = ['message', 'stack', 'cause'];
  for (let i = 0; i < fields.length; i++) {
    const found = getOwnPropertyDescriptor(value, fields[i]);
    if (found === undefined) continue;
    const field = fields[i] === 'cause' ? clone(value.cause) : `${value[fields[i]]}`;
    defineProperty(copy, fields[i], {__proto__: null, value: field, writable: true, configurable: true});
  }
  return copy;
}

function cloneValue(value, memory) {
  if (typeof value === 'symbol') throw uncloneable(String(value));
  if (typeof value === 'function') throw uncloneable(functionToString(value));
  if (value === null || typeof value !== 'object') return value;
  if (mapHas(memory, value)) return mapGet(memory, value);
  const clone = (inner) => cloneValue(inner, memory);
  const shell = cloneShell(value, clone);
  const copy = shell ?? {};
  mapSet(memory, value, copy);
  if (isMap(value)) {
    const entries = [];
    mapForEach(value, (item, key) => arrayPush(entries, {key, item}));
    for (let i = 0; i < entries.length; i++) mapSet(copy, clone(entries[i].key), clone(entries[i].item));
  } else if (isSet(value)) {
    const items = [];
    setForEach(value, (item) => arrayPush(items, item));
    for (let i = 0; i < items.length; i++) setAdd(copy, clone(items[i]));
  } else if (shell === undefined || isArray(value)) {
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (typeof key === 'symbol' || !isEnumerable(value, key)) continue;
      const data = clone(value[key]);
      defineProperty(copy, key, {__proto__: null, value: data, writable: true, enumerable: true, configurable: true});
    }
  }
  return copy;
}

/** Puts the buffers to transfer into the memory as moved, so that the copy gets them instead of copies. */
function moveBuffers(list, memory) {
  for (let i = 0; i < list.length; i++) {
    if (!isArrayBuffer(list[i])) throw cloneError(`Value at index ${i} of \`transfer\` is no ArrayBuffer`);
    if (mapHas(memory, list[i])) throw cloneError(`ArrayBuffer at index ${i} of \`transfer\` is there twice`);
    mapSet(memory, list[i], bufferTransfer(list[i]));
  }
}

/** Any iterable may list them. */
function transferList(list) {
  if (isArray(list)) return list;
  if (list === null || typeof list !== 'object' || typeof list[iteratorSymbol] !== 'function') {
    throw new TypeError('structuredClone: `transfer` must be an iterable');
  }
  const items = [];
  for (const item of list) arrayPush(items, item);
  return items;
}

function installClone() {
  const functions = {
    structuredClone(value, options) {
      if (arguments.length === 0) throw new TypeError('structuredClone: the value must be given');
      const memory = new Map();
      const transfer = options?.transfer;
      if (transfer !== undefined) moveBuffers(transferList(transfer), memory);
      return cloneValue(value, memory);
    },
    queueMicrotask(callback) {
      if (typeof callback !== 'function') throw new TypeError('queueMicrotask: the callback must be a function');
      promiseThen(promiseResolve(), () => callback());
    },
  };
  const names = ownKeys(functions);
  for (let i = 0; i < names.length; i++) {
    if (globalThis[names[i]] === undefined) defineGlobal(names[i], functions[names[i]]);
  }
}
const promiseResolve = () => construct(Promise, [(resolve) => resolve()]);
