'use strict';
const assert = require('assert');
const util = require('util');
const EventEmitter = require('events');
(async () => {
  assert.strictEqual(require('node:assert'), assert);
  assert.strictEqual(require('node:util'), util);
  assert.strictEqual(require('node:events'), EventEmitter);
  assert.strictEqual(require('assert/strict'), assert.strict);
  assert.strictEqual(require.resolve('assert'), 'assert');

  // assert
  assert.deepStrictEqual({a: [1, {b: new Map([[1, new Set([2])]])}]}, {a: [1, {b: new Map([[1, new Set([2])]])}]});
  assert.throws(() => assert.deepStrictEqual([1, 2], [1, 3]), {name: 'AssertionError', code: 'ERR_ASSERTION'});
  assert.throws(() => assert.deepStrictEqual({a: 1}, {a: '1'}));
  assert.notDeepStrictEqual({a: 1}, {a: 2});
  assert.throws(() => { throw new TypeError('wrong'); }, TypeError);
  assert.throws(() => { throw new TypeError('wrong'); }, /wr.ng/);
  assert.throws(() => { throw new TypeError('wrong'); }, {name: 'TypeError', message: 'wrong'});
  assert.throws(() => assert.throws(() => {}), /Missing expected exception/);
  assert.doesNotThrow(() => {});
  await assert.rejects(Promise.reject(new RangeError('no')), RangeError);
  await assert.rejects(async () => { throw new Error('boom'); }, /boom/);
  await assert.rejects(assert.rejects(async () => {}), /Missing expected rejection/);
  await assert.doesNotReject(async () => {});
  assert.match('text', /ex/);
  assert.doesNotMatch('text', /xe/);
  assert.ifError(null);
  assert.equal(1, '1');
  assert.strict.equal(1, 1);
  assert.throws(() => assert.strict.equal(1, '1'));
  assert.throws(() => assert.fail('so'), {message: 'so'});
  assert.throws(() => assert(false), {name: 'AssertionError'});

  // util
  assert.strictEqual(util.inspect({a: {b: {c: {}}}}), '{ a: { b: { c: {} } } }');
  assert.strictEqual(util.inspect(new Map([[1, {a: 2}]])), 'Map(1) { 1 => { a: 2 } }');
  assert.strictEqual(util.inspect({[util.inspect.custom]: () => 'mine'}), 'mine');
  assert.strictEqual(util.format('%s %d %j %o', 'a', 1, {b: 2}, 3), 'a 1 {"b":2} 3');
  assert.strictEqual(util.inspect(Promise.resolve(4)), 'Promise { 4 }');
  assert.strictEqual(util.inspect(new Promise(() => {})), 'Promise { <pending> }');
  assert.match(util.inspect(new Proxy({a: 1}, {})), /{ a: 1 }/);
  assert.strictEqual(util.inspect(new Proxy({a: 1}, {}), {showProxy: true}), 'Proxy [ { a: 1 }, {} ]');
  assert.strictEqual(util.inspect(new Map([[1, 2]]).entries()), '[Map Entries] { [ 1, 2 ] }');
  assert.strictEqual(util.inspect(new Set([5]).values()), '[Set Iterator] { 5 }');
  assert.ok(util.isDeepStrictEqual([1], [1]) && !util.isDeepStrictEqual([1], ['1']));
  assert.ok(util.types.isMap(new Map()) && util.types.isPromise(Promise.resolve()) && util.types.isDate(new Date()));
  assert.strictEqual(await util.promisify((value, done) => done(null, value + 1))(1), 2);
  assert.strictEqual(await new Promise((done) => util.callbackify(async () => 7)((error, value) => done(value))), 7);
  function Derived() {}
  util.inherits(Derived, EventEmitter);
  assert.ok(new Derived() instanceof EventEmitter);

  // events
  const emitter = new EventEmitter.EventEmitter();
  const heard = [];
  emitter.on('event', (value) => heard.push(value));
  emitter.once('event', (value) => heard.push(`once ${value}`));
  assert.ok(emitter.emit('event', 1) && emitter.emit('event', 2) && !emitter.emit('other'));
  assert.deepStrictEqual(heard, [1, 'once 1', 2]);
  assert.strictEqual(emitter.listenerCount('event'), 1);
  assert.throws(() => emitter.emit('error', new Error('unheard')), /unheard/);
  setImmediate(() => emitter.emit('later', 3));
  assert.deepStrictEqual(await EventEmitter.once(emitter, 'later'), [3]);

  // process is an emitter.
  process.once('custom', (value) => heard.push(value));
  assert.ok(process.emit('custom', 'c') && process instanceof EventEmitter);
  assert.strictEqual(heard.pop(), 'c');

  // crypto, buffer, perf_hooks
  const {randomBytes, webcrypto} = require('node:crypto');
  const {Buffer} = require('buffer');
  assert.ok(Buffer.isBuffer(randomBytes(100000)) && new Set(randomBytes(100000)).size === 256);
  assert.strictEqual(webcrypto, crypto);
  assert.notStrictEqual(crypto.randomUUID(), crypto.randomUUID());
  assert.strictEqual(require('perf_hooks').performance, performance);
  console.log('pass');
})();
