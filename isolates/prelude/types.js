// What util.inspect asks about values, answered by what the values are (their internal slots), not by what they say.

/** A check that a getter or method of a builtin prototype, which throws for all other objects, accepts the value. */
const accepts = (probe) => (value) => {
  if (value === null || typeof value !== 'object') return false;
  try {
    probe(value);
    return true;
  } catch {
    return false;
  }
};
const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype);
const typedArrayTag = getterOf(TypedArrayPrototype, toStringTag);
const typedLength = getterOf(TypedArrayPrototype, 'length');
const inherits = (prototype) => (value) =>
  value !== null && typeof value === 'object' && isPrototypeOf(prototype, value);

const isArrayBuffer = accepts(getterOf(ArrayBuffer.prototype, 'byteLength'));
const isSharedArrayBuffer =
  typeof SharedArrayBuffer === 'function' ? accepts(getterOf(SharedArrayBuffer.prototype, 'byteLength')) : () => false;
const isDataView = accepts(getterOf(DataView.prototype, 'buffer'));
const isDate = accepts(uncurryThis(Date.prototype.getTime));
const isMap = accepts(mapSize);
const isSet = accepts(setSize);
const weakProbe = {__proto__: null};
const isWeakMap = accepts((value) => weakMapHas(value, weakProbe));
const weakMapHas = uncurryThis(WeakMap.prototype.has);
const isWeakSet = accepts((value) => weakSetHas(value, weakProbe));
const weakSetHas = uncurryThis(WeakSet.prototype.has);
// The getter `flags` works on any object; `source` throws, except on RegExp.prototype itself.
const regExpSource = getterOf(RegExp.prototype, 'source');
const isRegExp = accepts((value) => {
  if (value === RegExp.prototype) throw value;
  regExpSource(value);
});
const isNumberObject = accepts(uncurryThis(Number.prototype.valueOf));
const isStringObject = accepts(uncurryThis(String.prototype.valueOf));
const isBooleanObject = accepts(uncurryThis(Boolean.prototype.valueOf));
const isBigIntObject = accepts(uncurryThis(BigInt.prototype.valueOf));
const isSymbolObject = accepts(uncurryThis(Symbol.prototype.valueOf));
const isTypedArray = (value) => value !== null && typeof value === 'object' && typedArrayTag(value) !== undefined;

// Without natives of the engine these three can only be told by their prototype.
const isPromise = natives ? (value) => natives.promiseDetails(value) !== undefined : inherits(Promise.prototype);
const isMapIterator = inherits(getPrototypeOf(new Map().entries()));
const isSetIterator = inherits(getPrototypeOf(new Set().values()));
const errorIsError = Error.isError ?? inherits(Error.prototype);

/** The message of an error for which it has a getter, as some libraries make it on demand; else ''. The getter runs. */
function messageOnDemand(error) {
  try {
    for (let holder = error; holder !== null; holder = getPrototypeOf(holder)) {
      const property = getOwnPropertyDescriptor(holder, 'message');
      if (property === undefined) continue;
      const message = property.get === undefined ? '' : apply(property.get, error, []);
      return typeof message === 'string' ? message : '';
    }
  } catch {
    // then there is none
  }
  return '';
}

/** The stack of an error. V8 writes its head before a getter can say the message. */
function inspectStack(error) {
  const {stack} = error;
  if (!errorIsError(error) || typeof stack !== 'string') return stack;
  const message = messageOnDemand(error);
  const end = stringIndexOf(`${stack}\n    at `, '\n    at ');
  const head = stringSlice(stack, 0, end);
  const hasMessage = stringIncludes(head, ':') || stringIncludes(head, '\n');
  return message === '' || hasMessage ? stack : `${head}: ${message}${stringSlice(stack, end)}`;
}

const AsyncPrototypes = [getPrototypeOf(async () => {}), getPrototypeOf(async function* () {})];
const GeneratorPrototypes = [getPrototypeOf(function* () {}), getPrototypeOf(async function* () {})];
const functionLike = (prototypes) => (value) =>
  typeof value === 'function' &&
  (isPrototypeOf(prototypes[0], value) || isPrototypeOf(prototypes[1], value));

const inspectTypes = {
  __proto__: null,
  isAsyncFunction: functionLike(AsyncPrototypes),
  isGeneratorFunction: functionLike(GeneratorPrototypes),
  isAnyArrayBuffer: (value) => isArrayBuffer(value) || isSharedArrayBuffer(value),
  isArrayBuffer,
  isArgumentsObject(value) {
    if (isArray(value)) return false;
    const length = getOwnPropertyDescriptor(value, 'length');
    const callee = getOwnPropertyDescriptor(value, 'callee');
    return length?.enumerable === false && typeof length.value === 'number' && callee?.enumerable === false;
  },
  isBoxedPrimitive: (value) =>
    isNumberObject(value) || isStringObject(value) || isBooleanObject(value) || isBigIntObject(value) || isSymbolObject(value),
  isDataView,
  isExternal: () => false,
  isMap,
  isMapIterator,
  isModuleNamespaceObject(value) {
    const tag = getOwnPropertyDescriptor(value, toStringTag);
    return tag?.value === 'Module' && tag.configurable === false && getPrototypeOf(value) === null;
  },
  isNativeError: (value) => errorIsError(value),
  isPromise,
  isSet,
  isSetIterator,
  isWeakMap,
  isWeakSet,
  isRegExp,
  isDate,
  isTypedArray,
  isStringObject,
  isNumberObject,
  isBooleanObject,
  isBigIntObject,
  isSymbolObject,
};

const kPending = Symbol('pending');
const kRejected = Symbol('rejected');
const customInspect = Symbol.for('nodejs.util.inspect.custom');
const unknownState = {__proto__: null, [customInspect]: () => '<state unknown>'};

const ownSymbols = Object.getOwnPropertySymbols;
/** A typed array of 50 MB has as many indices, and V8 can't be stopped while it makes strings of them. */
function ownKeysButIndices(value) {
  const keys = natives.ownNames(value);
  const symbols = ownSymbols(value);
  for (let i = 0; i < symbols.length; i++) arrayPush(keys, symbols[i]);
  return keys;
}

/** The own keys that are no array indices: all, or only the enumerable ones. */
function ownNonIndexKeys(value, onlyEnumerable) {
  const keys = natives ? ownKeysButIndices(value) : ownKeys(value);
  const found = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const isIndex = typeof key === 'string' && String(key >>> 0) === key && key >>> 0 !== 4294967295;
    if (!isIndex && (!onlyEnumerable || isEnumerable(value, key))) arrayPush(found, key);
  }
  return found;
}

const inspectBinding = {
  __proto__: null,
  constants: {kPending, kRejected, ALL_PROPERTIES: 0, ONLY_ENUMERABLE: 2},
  getOwnNonIndexProperties: (value, filter = 2) => ownNonIndexKeys(value, filter === 2),
  // natives.promiseDetails answers [state, value], with state 0 for pending, 1 fulfilled, 2 rejected.
  getPromiseDetails(promise) {
    const details = natives?.promiseDetails(promise);
    if (details === undefined) return [undefined, unknownState];
    return details[0] === 0 ? [kPending, undefined] : [details[0] === 2 ? kRejected : undefined, details[1]];
  },
  // natives.proxyDetails answers [target, handler], [null, null] when revoked, or undefined for what is no proxy.
  getProxyDetails(value, both = true) {
    const details = natives?.proxyDetails(value);
    return details === undefined || both ? details : details[0];
  },
  // natives.previewEntries answers [entries, isKeyValue] for iterators of maps and sets.
  previewEntries: (value) => natives?.previewEntries(value) ?? [[], false],
  getConstructorName: () => 'Object',
  getExternalValue: () => 0n,
};
