// This program passes in Node 20 too.
'use strict';
const assert = require('assert');
const {inspect} = require('util');

const classes = {Event: 1, CustomEvent: 1, EventTarget: 0, AbortController: 0, AbortSignal: 0, DOMException: 0};
for (const [name, length] of Object.entries(classes)) {
  const {enumerable, configurable} = Object.getOwnPropertyDescriptor(globalThis, name);
  const value = globalThis[name];
  assert.deepStrictEqual([enumerable, configurable, value.name, value.length], [false, true, name, length]);
  assert.strictEqual(value.prototype[Symbol.toStringTag], name);
  assert.throws(() => value('x'), TypeError);
}
assert.deepStrictEqual([Event.AT_TARGET, Event.BUBBLING_PHASE], [2, 3]);

// Events and targets.
const target = new EventTarget();
const seen = [];
const once = (event) => {
  seen.push([event.type, event.target === target, event.currentTarget === target, event.srcElement === target]);
  seen.push([event.eventPhase, event.composedPath()[0] === target, event.isTrusted]);
};
target.addEventListener('x', once, {once: true});
target.addEventListener('x', once, {once: true}); // is there already
target.addEventListener('x', once, true);
target.removeEventListener('x', once, {capture: true});
const handler = {handleEvent(event) { seen.push(this === handler); event.preventDefault(); }};
target.addEventListener('x', handler);
const event = new Event('x', {cancelable: true});
assert.strictEqual(target.dispatchEvent(event), false);
assert.deepStrictEqual(seen, [['x', true, true, true], [2, true, false], true]);
assert.deepStrictEqual([event.eventPhase, event.target, event.currentTarget, event.composedPath(), event.defaultPrevented, event.returnValue],
  [0, target, null, [], true, false]);
assert.strictEqual(target.dispatchEvent(new Event('x')), true);
assert.deepStrictEqual(seen.slice(3), [true]);
assert.strictEqual(target.dispatchEvent(new Event('__proto__')), true);

const order = [];
const stopping = new EventTarget();
stopping.addEventListener('y', () => order.push(1));
stopping.addEventListener('y', (event) => { order.push(2); event.stopImmediatePropagation(); stopping.removeEventListener('y', third); });
const third = () => order.push(3);
stopping.addEventListener('y', third);
stopping.dispatchEvent(new Event('y'));
assert.deepStrictEqual(order, [1, 2]);

// As browsers have it; Node has not.
if (process.release.name !== 'node') {
  stopping.addEventListener('z', (event) => { event.preventDefault(); order.push(event.defaultPrevented); }, {passive: true});
  stopping.addEventListener('z', () => stopping.addEventListener('z', third), {once: true});
  stopping.dispatchEvent(new Event('z', {cancelable: true}));
  assert.deepStrictEqual(order, [1, 2, false]);
  assert.strictEqual(new Event('x').BUBBLING_PHASE, 3);
}

const custom = new CustomEvent('c', {detail: {a: 1}, bubbles: true, composed: true});
assert.deepStrictEqual([custom.detail, custom.bubbles, custom.composed, custom.cancelable, new CustomEvent('c').detail], [{a: 1}, true, true, false, null]);
assert.ok(custom instanceof Event && custom.timeStamp > 0 && custom.timeStamp <= performance.now());
custom.cancelBubble = true;
assert.strictEqual(custom.cancelBubble, true);
class Store extends EventTarget {
  change() { this.dispatchEvent(new Event('change')); }
}
const store = new Store();
let changes = 0;
store.addEventListener('change', () => changes++);
store.addEventListener('change', null);
store.change();
assert.strictEqual(changes, 1);
assert.strictEqual(inspect(store), 'Store {}');
assert.match(inspect(new Event('x')), /^Event \{\n  type: 'x',\n  defaultPrevented: false,\n  cancelable: false,\n  timeStamp: [\d.]+\n\}$/);

const wrong = [
  [() => new Event(), 'ERR_MISSING_ARGS', 'The "type" argument must be specified'],
  [() => new Event('x', 5), 'ERR_INVALID_ARG_TYPE', 'The "options" argument must be of type object. Received type number (5)'],
  [() => target.addEventListener('x'), 'ERR_MISSING_ARGS', 'The "type" and "listener" arguments must be specified'],
  [() => target.addEventListener('x', 5), 'ERR_INVALID_ARG_TYPE', 'The "listener" argument must be an instance of EventListener. Received type number (5)'],
  [() => target.addEventListener('x', () => {}, {signal: 5}), 'ERR_INVALID_ARG_TYPE',
    'The "options.signal" property must be an instance of AbortSignal. Received type number (5)'],
  [() => target.dispatchEvent({type: 'x'}), 'ERR_INVALID_ARG_TYPE', 'The "event" argument must be an instance of Event. Received an instance of Object'],
  [() => EventTarget.prototype.dispatchEvent.call({}, new Event('x')), 'ERR_INVALID_THIS', 'Value of "this" must be of type EventTarget'],
  [() => new AbortSignal(), 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor'],
  [() => AbortSignal.timeout('x'), 'ERR_INVALID_ARG_TYPE', 'The "delay" argument must be of type number. Received type string (\'x\')'],
  [() => AbortSignal.timeout(-1), 'ERR_OUT_OF_RANGE', 'The value of "delay" is out of range. It must be >= 0 && <= 4294967295. Received -1'],
  [() => AbortSignal.timeout(1.5), 'ERR_OUT_OF_RANGE', 'The value of "delay" is out of range. It must be an integer. Received 1.5'],
  [() => AbortSignal.any([1]), 'ERR_INVALID_ARG_TYPE', 'The "signals[0]" argument must be an instance of AbortSignal. Received type number (1)'],
];
for (const [call, code, message] of wrong) assert.throws(call, {code, message});

// DOMException.
const domError = new DOMException('no', 'AbortError');
assert.deepStrictEqual([domError.name, domError.message, domError.code, String(domError)], ['AbortError', 'no', 20, 'AbortError: no']);
assert.ok(domError instanceof Error && domError instanceof DOMException && domError.stack.startsWith('AbortError: no\n'));
assert.match(inspect(domError), /^DOMException \[AbortError\]: no\n    at /);
assert.deepStrictEqual([new DOMException().name, new DOMException().message, new DOMException('', 'X').code], ['Error', '', 0]);
assert.deepStrictEqual([DOMException.DATA_CLONE_ERR, domError.NOT_FOUND_ERR], [25, 8]);
assert.strictEqual(new DOMException('a', {name: 'DataError', cause: 5}).cause, 5);
for (const call of [() => structuredClone(() => {}), () => atob('a'), () => btoa('\u20ac')]) {
  assert.throws(call, (error) => error instanceof DOMException && error.code > 0);
}

// AbortController and AbortSignal.
const controller = new AbortController();
assert.strictEqual(inspect(controller), 'AbortController { signal: AbortSignal { aborted: false } }');
let aborts = 0;
controller.signal.addEventListener('abort', (event) => { aborts += event.isTrusted ? 1 : 100; });
controller.signal.onabort = function () { aborts += this === controller.signal ? 10 : 1000; };
let heard = 0;
target.addEventListener('w', () => heard++, {signal: controller.signal});
target.dispatchEvent(new Event('w'));
controller.abort();
controller.abort('again');
target.dispatchEvent(new Event('w'));
target.addEventListener('w', () => heard++, {signal: controller.signal});
target.dispatchEvent(new Event('w'));
assert.deepStrictEqual([aborts, heard, controller.signal.aborted], [11, 1, true]);
const {reason} = controller.signal;
assert.deepStrictEqual([reason.name, reason.code, reason.message], ['AbortError', 20, 'This operation was aborted']);
assert.throws(() => controller.signal.throwIfAborted(), (error) => error === reason);
assert.strictEqual(AbortSignal.abort(7).reason, 7);

const source = new AbortController();
const never = new AbortController();
const combined = AbortSignal.any([AbortSignal.any([source.signal]), never.signal]);
const turns = [];
source.signal.addEventListener('abort', () => turns.push('source'));
combined.onabort = () => turns.push('onabort');
combined.onabort = () => turns.push('combined');
never.signal.onabort = () => turns.push('never');
never.signal.onabort = null;
source.abort('why');
never.abort();
assert.deepStrictEqual(turns, ['source', 'combined']);
assert.deepStrictEqual([combined.reason, AbortSignal.any([never.signal, AbortSignal.abort(5)]).reason.name, AbortSignal.any([]).aborted], ['why', 'AbortError', false]);

// A thousand signals of one that lives long; those that somebody listens to are kept.
const longLived = new AbortController();
let told = 0;
for (let i = 0; i < 1000; i++) {
  const signal = AbortSignal.any([longLived.signal]);
  if (i % 10 === 0) signal.addEventListener('abort', () => told++);
}

// Listeners that throw stop nobody, and what they throw is nobody's mistake to catch.
const thrown = [];
process.on('uncaughtException', (error) => thrown.push(error));
const bad = new EventTarget();
bad.addEventListener('x', () => { throw 'first'; });
bad.addEventListener('x', () => thrown.push('second'));
if (process.release.name !== 'node') {
  bad.addEventListener('x', (event) => bad.dispatchEvent(event));
  bad.addEventListener('x', {handleEvent: 5});
}
bad.dispatchEvent(new Event('x'));
assert.deepStrictEqual(thrown, ['second']);

const late = AbortSignal.timeout(5);
assert.strictEqual(late.aborted, false);
AbortSignal.timeout(100000); // keeps no program alive
setTimeout(() => {
  globalThis.gc?.();
  longLived.abort();
  assert.strictEqual(told, 100);
  assert.strictEqual(thrown[1], 'first');
  if (process.release.name !== 'node') assert.deepStrictEqual([thrown[2].code, thrown[3].name], ['ERR_EVENT_RECURSION', 'TypeError']);
  assert.deepStrictEqual([late.aborted, late.reason.name, late.reason.code], [true, 'TimeoutError', 23]);
  console.log('pass');
}, 60);
