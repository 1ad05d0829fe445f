// Replaces functions of the language by some that lie or throw, each for itself or all of them before the first URL, and looks whether
// one is called, and whether URLs are what they were. What uses URLs here uses nothing of that.
'use strict';
const mode = process.argv[2];
const {defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf} = Reflect;
const {iterator} = Symbol;
const nameOf = String;
const RealRangeError = RangeError;
const print = console.log;

/** An array that has nothing of Array.prototype's. */
function list() {
  const items = [];
  setPrototypeOf(items, null);
  return items;
}

const TEXTS = [
  'https://user:pa%20ss@example.com:8443/a/../b c?q=1&r=%F0%9F%98%80#\u00fc', 'http://192.168.257', 'http://0x7f.1/',
  'http://[2001:db8::1:0:0]:80/', 'http://%C3%BC.com', 'http://%ff.com',
  'http://b\u00fccher.example/', 'http://xn--bcher-kva.example/', 'http://fa\u00df.de', 'http://\u2603.net/',
  'http://\uff27\uff2f.com', 'http://\u05d0.com',
  'http://%41.com/%7e/\u{1f600}', 'file:///C|/x/../..', 'mailto:a@b', 'blob:https://a.com/x', 'web+demo:/.//x', '  http://a.b/\tx\n ',
  'nope', 'http://a b', 'http://xn--a', 'http://[::1', 'http://a:99999', 'http://999.1.1.1.1',
];
const FIELDS = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];
const CHANGES = [
  ['protocol', 'http'], ['username', '\u00fc:'], ['password', '@'], ['host', '\u00e4.de:81'], ['hostname', '[::2]'], ['port', '82'],
  ['pathname', '/\u00fc/./x y'], ['search', '?k=v w&\u00e4=%41'], ['hash', 'h i'],
];
const PAIRS = [['b', '2'], ['a', '\u00fc'], ['b', '1'], ['a', ' &=+']];

/** An iterable that uses nothing of the language's. */
function iterable(items) {
  let at = 0;
  const next = () => (at < items.length ? {__proto__: null, done: false, value: items[at++]} : {__proto__: null, done: true});
  return {__proto__: null, [iterator]: () => ({__proto__: null, next})};
}

/** What URLs and forms say, as texts. */
function workload() {
  const said = list();
  const say = (text) => (said[said.length] = text);
  for (let t = 0; t < TEXTS.length; t++) {
    try {
      const url = new URL(TEXTS[t]);
      for (let f = 0; f < FIELDS.length; f++) say(url[FIELDS[f]]);
      say(URL.canParse('../x?y', TEXTS[t]) ? URL.parse('../x?y', TEXTS[t]).href : 'opaque');
    } catch (error) {
      say(error.message);
      say(error.code);
    }
  }
  const url = new URL(TEXTS[0]);
  for (let c = 0; c < CHANGES.length; c++) {
    url[CHANGES[c][0]] = CHANGES[c][1];
    say(url.href);
  }
  const params = url.searchParams;
  params.append('z', '1');
  params.append('\u{1f600}', '%');
  params.set('k', 'new');
  params.delete('z', '1');
  params.sort();
  say(url.href);
  say(url.toJSON());
  const pairs = list();
  for (let p = 0; p < PAIRS.length; p++) pairs[p] = iterable(PAIRS[p]);
  const inits = [{__proto__: null, a: 'b c', d: '\u00fc'}, iterable(pairs), 'x=1&y=%zz%41&=&+', '', params];
  for (let i = 0; i < inits.length; i++) {
    const form = new URLSearchParams(inits[i]);
    form.sort();
    say(form.toString());
    say(`${form.size} ${form.has('a')} ${form.get('a')} ${form.getAll('a').length}`);
    form.forEach((value, name, whole) => say(`${name}: ${value} ${whole === form}`));
    const entries = form.entries();
    for (let next = entries.next(); !next.done; next = entries.next()) say(`${next.value[0]}=${next.value[1]}`);
    const keys = form.keys();
    for (let next = keys.next(); !next.done; next = keys.next()) say(next.value);
  }
  return said;
}

// Whose functions are replaced, and what they are called.
const holders = [
  [globalThis, 'globalThis'], [Reflect, 'Reflect'], [Math, 'Math'], [JSON, 'JSON'], [Function.prototype, 'Function.prototype'],
  [getPrototypeOf(Uint8Array), '%TypedArray%'], [getPrototypeOf(Uint8Array.prototype), '%TypedArray%.prototype'],
  [getPrototypeOf([][iterator]()), '%ArrayIterator%'], [getPrototypeOf(''[iterator]()), '%StringIterator%'],
  [getPrototypeOf(new Map().keys()), '%MapIterator%'], [getPrototypeOf(new Set().keys()), '%SetIterator%'],
  [getPrototypeOf(''.matchAll(/x/g)), '%RegExpStringIterator%'], [getPrototypeOf(function* () {}).prototype, '%Generator%'],
];
const CLASSES = [
  'Array', 'ArrayBuffer', 'Boolean', 'DataView', 'Error', 'Iterator', 'Map', 'Number', 'Object', 'Promise', 'RangeError', 'RegExp', 'Set', 'String',
  'Symbol', 'TextDecoder', 'TextEncoder', 'TypeError', 'Uint8Array', 'WeakMap', 'WeakSet',
];
for (const name of CLASSES) {
  holders.push([globalThis[name], name], [globalThis[name].prototype, `${name}.prototype`]);
}
const targets = list();
for (const [holder, name] of holders) {
  for (const key of ownKeys(holder)) {
    const {configurable, value, get} = getOwnPropertyDescriptor(holder, key);
    const isUsed = holder === globalThis && ['URL', 'URLSearchParams', 'process'].includes(key); // by the workload
    const isFunction = typeof value === 'function' || get !== undefined;
    if (configurable && !isUsed && isFunction) targets[targets.length] = {holder, key, name: `${name}.${nameOf(key)}`};
  }
}
// Names that objects of the prelude or of the parser have, or look for.
const NAMES = [
  '0', '1', '2', '7', 'a', 'baseURL', 'code', 'done', 'encodingOverride', 'exports', 'fragment', 'get', 'host', 'href', 'idna', 'ignoreBOM', 'index',
  'input', 'message', 'name', 'path', 'port', 'query', 'scheme', 'set', 'stateOverride', 'stream', 'then', 'url', 'value', 'written',
];
for (const name of NAMES) {
  for (const holder of [Object.prototype, Array.prototype, String.prototype]) {
    targets[targets.length] = {holder, key: name, name: `an added ${name}`};
  }
}
for (const symbol of ['iterator', 'match', 'replace', 'search', 'split', 'toPrimitive', 'species', 'isConcatSpreadable', 'hasInstance']) {
  targets[targets.length] = {holder: Object.prototype, key: Symbol[symbol], name: `an added Symbol.${symbol}`};
}

const failures = list();
const fail = (text) => {
  if (failures.length < 20 && failures[failures.length - 1] !== text) failures[failures.length] = text;
};
let isWatching = false;

/** Puts `act` into the place of a function, and of what is got and set. */
function replace(target, act) {
  const {holder, key, name} = target;
  const original = getOwnPropertyDescriptor(holder, key);
  target.original = original;
  function replacement() {
    if (isWatching) fail(`${name} was called`);
    return act();
  }
  const changed = original === undefined || original.get !== undefined ? {get: replacement, set: replacement} : {value: replacement};
  defineProperty(holder, key, {__proto__: null, ...changed, configurable: true});
}

function restore({holder, key, original}) {
  if (original === undefined) delete holder[key];
  else defineProperty(holder, key, original);
}

function compare(said, wanted, what) {
  for (let i = 0; i < wanted.length; i++) if (said[i] !== wanted[i]) return fail(`${what}: ${said[i]} instead of ${wanted[i]}`);
  return said.length === wanted.length || fail(`${what}: ${said.length} texts`);
}

function watched() {
  isWatching = true;
  try {
    return workload();
  } catch (error) {
    return [`${error?.stack ?? error}`];
  } finally {
    isWatching = false;
  }
}

const acts = {
  __proto__: null,
  lies: () => null,
  throws: () => {
    throw 'replaced';
  },
};
if (mode === 'each') {
  const wanted = workload();
  for (let t = 0; t < targets.length; t++) {
    replace(targets[t], acts.lies);
    const said = watched();
    restore(targets[t]);
    compare(said, wanted, targets[t].name);
  }
} else if (mode === 'stack') {
  // From the end of the stack upwards: errors are of this realm, wherever in the parser the stack ends, and their stacks show none.
  Error.prepareStackTrace = (error, sites) => {
    for (const site of sites) {
      if (site.getThis() !== undefined || site.getFunction() !== undefined) fail(`${site} gives a function away`);
    }
    return 'read';
  };
  let errors = 0;
  let levels = 0;
  const climb = (text) => {
    try {
      climb(text);
    } catch {
      levels = 0;
    }
    levels += 1;
    if (levels > 1000) return;
    try {
      new URL(text).searchParams.sort();
    } catch (error) {
      errors += 1;
      if (getPrototypeOf(error) !== RealRangeError.prototype) fail('an error of another realm');
      else if (error.stack !== 'read') fail('a stack of another realm');
    }
  };
  for (const text of ['http://a.b/c%20d?e', 'http://\u00fc.de']) climb(text);
  if (errors < 100) fail(`only ${errors} errors`);
  compare([new URL('http://\u00fc.de').host], ['xn--tda.de'], 'afterwards');
} else {
  for (let t = 0; t < targets.length; t++) replace(targets[t], acts[mode]);
  const said = watched();
  for (let t = targets.length - 1; t >= 0; t--) restore(targets[t]);
  compare(said, workload(), 'all together');
}
if (targets.length < 600) fail(`only ${targets.length} functions were replaced`);
setPrototypeOf(failures, Array.prototype);
print(failures.length === 0 ? 'pass' : failures.join('\n'));
