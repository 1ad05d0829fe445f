// What completion and inspection ask of a context (kernel/introspection.py). All of it runs under V8's check that it has
// no side effects, maybe in the midst of a cell. Nothing here calls a getter, a trap or any other code of the user, but for
// the expression in front of the cursor, which may; then the check ends the whole look before anything is changed.

// More is not read by anyone, and has to be passed on in the midst of a cell.
const MOST_LOOKED_AT = 100000;
const MOST_NAMES = 2000;
const LONGEST_NAME = 1000;
const MOST_SOURCE = 50000;
const LONGEST_CHAIN = 100;

const intrinsics = {
  __proto__: null,
  array: Array.prototype,
  bigint: BigInt.prototype,
  boolean: Boolean.prototype,
  function: Function.prototype,
  number: Number.prototype,
  object: Object.prototype,
  regexp: RegExp.prototype,
  string: String.prototype,
};
const objectPrototype = Object.prototype;
/** The array of a list (makeList), whose class no Symbol.species of the user's can say, since a list has no prototype. */
const arrayOf = uncurryThis(Array.prototype.slice);
const builtinNames = new Set(); // the globals that each context begins with
const missing = {__proto__: null, isFound: false, value: undefined};
const found = (value) => ({__proto__: null, isFound: true, value});

// What getters of ours return: V8's check allows no private fields, and ends the look where `new AbortController()` is run.
const returnedBy = new Map(); // getter -> the prototype of what it returns

function installIntrospection() {
  const names = natives.ownNames(globalThis);
  for (let i = 0; i < names.length; i++) setAdd(builtinNames, names[i]);
  mapSet(returnedBy, getOwnPropertyDescriptor(AbortController.prototype, 'signal').get, AbortSignal.prototype);
  mapSet(returnedBy, getOwnPropertyDescriptor(URL.prototype, 'searchParams').get, URLSearchParams.prototype);
}

/** Where the properties of a value begin to be looked up. */
function holderOf(value) {
  if (isObject(value)) return value;
  return value === undefined || value === null ? null : Object(value);
}

/** What the value's property is, own or inherited, unless only code of the user could tell. */
function propertyOf(value, key) {
  let holder = holderOf(value);
  for (let depth = 0; holder !== null && depth < LONGEST_CHAIN; depth++) {
    if (isProxy(holder)) return missing;
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (descriptor !== undefined) return hasOwn(descriptor, 'value') ? found(descriptor.value) : missing;
    holder = getPrototypeOf(holder);
  }
  return missing;
}

function isLexical(name) {
  const names = natives.lexicalNames();
  for (let i = 0; i < names.length; i++) if (names[i] === name) return true;
  return false;
}

function globalNamed(name, isPristine) {
  if (isPristine && !setHas(builtinNames, name)) return missing;
  if (!isPristine && isLexical(name)) {
    try {
      return found(natives.lexicalValue(name));
    } catch {
      return missing; // it has no value yet
    }
  }
  return propertyOf(globalThis, name);
}

/** Whether only the use of a global of ours makes its value; looking at it must not. */
function isUnmade({root, name, isPristine}) {
  if (root !== 'name' || isPristine) return false;
  const make = mapGet(madeOnUse, name);
  return make !== undefined && getOwnPropertyDescriptor(globalThis, name)?.get === make;
}

/** Makes it: no look, but a call of its own, which the host asks for in between. */
operations.make = (name) => {
  const get = mapGet(madeOnUse, name);
  if (get !== undefined && isUnmade({__proto__: null, root: 'name', name, isPristine: false})) get();
};

/** The value that an expression names: {root, name, keys, isPristine} (kernel/cursor.js makes it). */
function valueAt({root, name, keys, isPristine}) {
  let at = missing;
  if (root === 'name') at = globalNamed(name, isPristine);
  else if (root === 'this') at = found(globalThis);
  else if (intrinsics[root] !== undefined) at = found(intrinsics[root]);
  for (let i = 0; at.isFound && i < keys.length; i++) at = propertyOf(at.value, keys[i]);
  return at;
}

/** Of `new Class().key`, where that is a getter of ours: in place of the value, what it would inherit from. */
function returnedAt({root, name, keys, isPristine}) {
  const last = keys.length - 1;
  if (last < 1 || keys[last - 1] !== 'prototype') return missing;
  const {value} = valueAt({__proto__: null, root, name, keys: arraySlice(keys, 0, last), isPristine});
  const descriptor = isObject(value) && !isProxy(value) ? getOwnPropertyDescriptor(value, keys[last]) : undefined;
  const prototype = descriptor === undefined ? undefined : mapGet(returnedBy, descriptor.get);
  return prototype === undefined ? missing : found(prototype);
}

/** The value of an expression, by running it. */
function evaluated(text) {
  try {
    return found(natives.lexicalValue(`(${text}\n)`));
  } catch {
    return missing;
  }
}

function isClass(value) {
  const text = functionToString(value);
  if (stringSlice(text, 0, 5) === 'class' && stringIncludes(' {\n\t/', stringSlice(text, 5, 6))) return true;
  const prototype = getOwnPropertyDescriptor(value, 'prototype');
  return prototype !== undefined && prototype.writable === false && stringIncludes(text, '[native code]');
}

/** The kind of a name, in the words that frontends have icons for. */
function kindOf(descriptor, other) {
  if (descriptor === undefined || typeof descriptor.value !== 'function') return other;
  if (isProxy(descriptor.value)) return 'function';
  return isClass(descriptor.value) ? 'class' : 'function';
}

const hasPrefix = (name, prefix) => stringToLowerCase(stringSlice(name, 0, prefix.length)) === prefix;

/** Adds [name, kind, rank] for each property of the holder that begins with the prefix and is not yet seen. */
function addNames(answer, seen, holder, prefix, other, rank) {
  if (isProxy(holder)) return;
  const names = natives.ownNames(holder);
  const most = min(names.length, MOST_LOOKED_AT);
  for (let i = 0; i < most && answer.length < MOST_NAMES; i++) {
    const name = names[i];
    if (name.length > LONGEST_NAME || !hasPrefix(name, prefix) || setHas(seen, name)) continue;
    setAdd(seen, name);
    listAdd(answer, [name, kindOf(getOwnPropertyDescriptor(holder, name), other), rank]);
  }
}

/** The names of the properties, those of the value itself first, Object.prototype's last. */
operations.members = (argument) => {
  const target = jsonParse(argument);
  if (isUnmade(target)) return {__proto__: null, unmade: target.name};
  const known = valueAt(target);
  const named = known.isFound ? known : returnedAt(target);
  const {isFound, value} = named.isFound || target.isPristine || target.text === undefined ? named : evaluated(target.text);
  const answer = makeList();
  const seen = new Set();
  let holder = isFound ? holderOf(value) : null;
  for (let depth = 0; holder !== null && depth < LONGEST_CHAIN; depth++) {
    addNames(answer, seen, holder, target.prefix, 'property', holder === objectPrototype ? LONGEST_CHAIN : depth);
    if (isProxy(holder)) break;
    holder = getPrototypeOf(holder);
  }
  return arrayOf(answer);
};

/** The names of the globals, those of cells first. Of a pristine context those that it begins with. */
operations.globals = (argument) => {
  const {prefix, isPristine} = jsonParse(argument);
  const answer = makeList();
  const seen = new Set();
  const lexical = isPristine ? [] : natives.lexicalNames();
  for (let i = 0; i < lexical.length && answer.length < MOST_NAMES; i++) {
    const name = lexical[i];
    if (name.length > LONGEST_NAME || !hasPrefix(name, prefix) || setHas(seen, name)) continue;
    setAdd(seen, name);
    let value;
    try {
      value = natives.lexicalValue(name);
    } catch {}
    listAdd(answer, [name, kindOf({__proto__: null, value}, 'instance'), 0]);
  }
  let holder = globalThis;
  for (let depth = 0; holder !== null && depth < LONGEST_CHAIN; depth++) {
    if (isProxy(holder)) break;
    addNames(answer, seen, holder, prefix, 'instance', depth + 1);
    holder = getPrototypeOf(holder);
  }
  const kept = makeList();
  for (let i = 0; i < answer.length; i++) {
    const isBuiltin = setHas(builtinNames, answer[i][0]);
    if (isBuiltin) answer[i][2] = max(answer[i][2], 2);
    if (isBuiltin || !isPristine) listAdd(kept, answer[i]);
  }
  return arrayOf(kept);
};

/** The class or the namespace that a property belongs to, by name: `Array` of `map`, `Math` of `max`. */
function ownerOf(value, key) {
  let holder = holderOf(value);
  for (let depth = 0; holder !== null && depth < LONGEST_CHAIN && !isProxy(holder); depth++) {
    if (getOwnPropertyDescriptor(holder, key) !== undefined) {
      const tag = getOwnPropertyDescriptor(holder, toStringTag);
      const {value: name} = typeof holder === 'function' ? propertyOf(holder, 'name') : (tag ?? missing);
      return hasOwn(holder, 'constructor') || typeof name !== 'string' ? className(holder) : name;
    }
    holder = getPrototypeOf(holder);
  }
  return '';
}

/** What is to be told of a value; it has no `type` if it isn't there. */
operations.inspect = (argument) => {
  const target = jsonParse(argument);
  if (isUnmade(target)) return {__proto__: null, unmade: target.name};
  const {isFound, value} = valueAt(target);
  if (!isFound) return {__proto__: null, type: ''};
  const {keys} = target;
  const last = keys.length - 1;
  const before = makeList();
  for (let i = 0; i < last; i++) listAdd(before, keys[i]);
  const owner = last < 0 ? '' : ownerOf(valueAt({__proto__: null, root: target.root, name: target.name, keys: before, isPristine: target.isPristine}).value, keys[last]);
  const type = typeof value;
  const answer = {__proto__: null, type, owner, className: className(value), text: preview(value, 1)};
  if (type !== 'function' || isProxy(value)) return answer;
  const {value: name} = propertyOf(value, 'name');
  const {value: length} = propertyOf(value, 'length');
  answer.name = typeof name === 'string' ? stringSlice(name, 0, LONGEST_NAME) : '';
  answer.length = typeof length === 'number' ? length : 0;
  answer.isClass = isClass(value);
  answer.source = stringSlice(functionToString(value), 0, MOST_SOURCE);
  answer.place = natives.placeOf(value) ?? null;
  return answer;
};
