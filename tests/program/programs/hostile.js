// Replaces what a prelude might use by mistake, and looks for functions of the host among what passes by.
const apply = Reflect.apply;
const textOf = Function.prototype.toString;
const push = Array.prototype.push;
const defineProperty = Reflect.defineProperty;
const getDescriptor = Reflect.getOwnPropertyDescriptor;
const ownKeys = Reflect.ownKeys;
const Symbols = Symbol;
const has = Object.prototype.hasOwnProperty;

const found = [];
// Functions of promises that have no name, resolve and reject, have the length 1.
const isHosts = (value) =>
  typeof value === 'function' && value.name === '' && value.length === 0 &&
  apply(textOf, value, []) === 'function () { [native code] }';
const look = (value) => {
  if (isHosts(value)) found[found.length] = value;
};

const prototypes = [Array, Object, Function, Promise, Map, Set, WeakMap, String, RegExp, Symbol, Number, Error, Uint8Array, ArrayBuffer]
  .map((constructor) => constructor.prototype);
for (let p = 0; p < prototypes.length; p++) {
  const prototype = prototypes[p];
  const keys = ownKeys(prototype);
  for (let k = 0; k < keys.length; k++) {
    const key = keys[k];
    const descriptor = getDescriptor(prototype, key);
    if (key === 'constructor' || !descriptor.configurable || typeof descriptor.value !== 'function') continue;
    const original = descriptor.value;
    const replacement = function (...args) {
      look(this);
      for (let i = 0; i < args.length; i++) look(args[i]);
      return apply(original, this, args);
    };
    defineProperty(prototype, key, {__proto__: null, value: replacement, writable: true, configurable: true});
  }
}
const names = ['0', '1', '2', 'get', 'set', 'value', 'code', 'filename', 'message', 'text', 'signal', 'transfer', 'fatal', 'callback', 'due'];
for (let n = 0; n < names.length; n++) {
  const name = names[n];
  defineProperty(Object.prototype, name, {
    __proto__: null,
    get() {
      look(this);
      return undefined;
    },
    set(value) {
      look(this);
      look(value);
      defineProperty(this, name, {__proto__: null, value, writable: true, enumerable: true, configurable: true});
    },
    configurable: true,
  });
}
const globals = ['Promise', 'Map', 'Set', 'Error', 'TypeError', 'Reflect', 'Object', 'Array', 'String', 'Symbol', 'JSON', 'Math', 'Uint8Array'];
for (let g = 0; g < globals.length; g++) globalThis[globals[g]] = undefined;

setImmediate(() => {
  console.log('immediate');
  setTimeout(() => {
    console.log('timer');
    process.nextTick(() => console.log('tick'));
    setTimeout(() => console.log('end', found.length, isHosts(found[0])), 5);
  }, 1);
});
queueMicrotask(() => console.log('microtask'));
try {
  require('./nowhere');
} catch (error) {
  console.log(error.code);
}
console.log(require('./modules/data.json').answer, new TextDecoder().decode(new TextEncoder().encode('text')), atob(btoa('base')));
console.log(structuredClone({a: [1]}), process.memoryUsage().rss > 0, process.hrtime()[0] >= 0);
const {aborted} = AbortSignal.any({__proto__: null, *[Symbols.iterator]() { yield AbortSignal.abort(); }});
const target = new EventTarget();
target.addEventListener('x', () => console.log(aborted, new URL('http://b\u00fccher.de/?a=b%20c').searchParams.get('a')));
target.dispatchEvent(new Event('x'));
