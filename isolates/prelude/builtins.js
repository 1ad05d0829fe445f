// The modules of Node's that there are here: npm's assert, util, events, path and buffer, bundled (node/build.mjs) and evaluated on first
// use. Wants: hostBundle(name) => a bundle's source; natives.compile; process, as far as they use it.

const promisifyCustom = Symbol.for('nodejs.util.promisify.custom');
let bundle = undefined;

/** The exports of a bundle, which finds what it is given in its parameter `require`. */
function evaluateBundle(name, given) {
  const module = {exports: {}};
  apply(natives.compile(hostBundle(name), `isolates:${name}.js`), undefined, [module.exports, given, module, '', '']);
  return module.exports;
}

function bundled() {
  if (bundle === undefined) {
    bundle = evaluateBundle('node/node', {__proto__: null, process});
  }
  return bundle;
}

/** The bundled util with what newer Nodes have and our console's own inspect. */
let util = undefined;
function makeUtil() {
  if (util !== undefined) return util;
  const made = bundled().util();
  const {format, stripVTControlCharacters} = inspector;
  const promisifyPlain = made.promisify;
  const promisify = (original) => {
    const custom = original?.[promisifyCustom];
    return typeof custom === 'function' ? custom : promisifyPlain(original);
  };
  promisify.custom = promisifyCustom;
  const additions = {
    inspect, format, formatWithOptions, promisify, stripVTControlCharacters, TextEncoder, TextDecoder,
    isDeepStrictEqual: (left, right) => bundled().comparisons().isDeepStrictEqual(left, right),
    toUSVString: (text) => String.prototype.toWellFormed.call(`${text}`),
  };
  const names = ownKeys(additions);
  for (let i = 0; i < names.length; i++) {
    if (additions[names[i]] !== undefined) made[names[i]] = additions[names[i]];
  }
  util = made;
  return made;
}

function makeAssert() {
  makeUtil(); // first: assert takes inspect from it
  return bundled().assert();
}

/** Functions that make the exports; more are added by those who have more. */
const builtins = {
  __proto__: null,
  assert: makeAssert,
  'assert/strict': () => makeAssert().strict,
  buffer: () => bundled().buffer(),
  events: () => bundled().events(),
  path: () => bundled().path(),
  'path/posix': () => bundled().path(),
  process: () => process,
  util: makeUtil,
};

/** The exports of a module of ours, or undefined. `node:` may stand before those of Node. */
function requireBuiltin(request) {
  const make = builtins[request];
  if (make !== undefined) return make();
  return stringStartsWith(request, 'node:') && stringSlice(request, 5, 14) !== 'isolated-' ? builtins[stringSlice(request, 5)]?.() : undefined;
}

const madeOnUse = new Map(); // global -> the getter that makes it

/** A global whose value is made when it is first asked for. */
function defineOnUse(name, make) {
  const define = (value) => defineGlobal(name, value, false);
  const get = () => {
    const value = make();
    define(value);
    return value;
  };
  mapSet(madeOnUse, name, get);
  defineProperty(globalThis, name, {__proto__: null, get, set: define, configurable: true});
}

function installBuffer() {
  defineOnUse('Buffer', () => requireBuiltin('buffer').Buffer);
}
