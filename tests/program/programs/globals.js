'use strict';
const assert = require('assert');
assert.strictEqual(global, globalThis);
assert.strictEqual(globalThis.process, process);
assert.strictEqual(Object.prototype.toString.call(process), '[object process]');

assert.match(process.version, /^v\d+\.\d+\.\d+$/);
assert.match(process.versions.v8, /^\d+\.\d+\.\d+/);
assert.ok(['linux', 'darwin'].includes(process.platform));
assert.match(process.arch, /^(x64|arm64)$/);
assert.ok(Number.isInteger(process.pid) && process.pid > 0);
assert.ok(process.cwd().startsWith('/'));
assert.ok(process.uptime() > 0);
const {rss, heapTotal, heapUsed, external, arrayBuffers} = process.memoryUsage();
for (const bytes of [rss, heapTotal, heapUsed]) assert.ok(bytes > 100000);
for (const bytes of [external, arrayBuffers]) assert.ok(bytes >= 0);
assert.ok(heapUsed <= heapTotal);
assert.ok(process.memoryUsage.rss() > 1000000);

const time = process.hrtime();
const passed = process.hrtime(time);
assert.ok(passed[0] === 0 && passed[1] >= 0 && passed[1] < 1e9);
assert.deepStrictEqual(process.hrtime([time[0] - 5, 0])[0] >= 5, true);
assert.strictEqual(typeof process.hrtime.bigint(), 'bigint');
assert.ok(process.hrtime.bigint() <= process.hrtime.bigint());
assert.throws(() => process.hrtime('x'), TypeError);
assert.ok(performance.now() > 0 && performance.now() < 60000);
assert.ok(Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 5000);

const map = new Map([[{a: 1}, new Set([1n])]]);
assert.deepStrictEqual(structuredClone(map), map);
assert.notStrictEqual(structuredClone(map), map);
assert.throws(() => structuredClone(() => {}), {name: 'DataCloneError', code: 25, message: '() => {} could not be cloned.'});
assert.throws(() => structuredClone(), TypeError);
const buffers = [new ArrayBuffer(1), new ArrayBuffer(2)];
assert.strictEqual(structuredClone(buffers[0], {transfer: new Set(buffers)}).byteLength, 1);
assert.deepStrictEqual(buffers.map(({byteLength}) => byteLength), [0, 0]);
assert.throws(() => structuredClone(1, {transfer: [{}]}), {name: 'DataCloneError', code: 25, message: /index 0/});
assert.throws(() => structuredClone(1, {transfer: 5}), {name: 'TypeError', message: /iterable/});
for (const convert of [atob, btoa]) assert.throws(() => convert(), {code: 'ERR_MISSING_ARGS'});
assert.throws(() => process.hrtime([1]), {code: 'ERR_OUT_OF_RANGE'});
assert.strictEqual(module.parent, null);
assert.throws(() => queueMicrotask(5), {code: 'ERR_INVALID_ARG_TYPE'});
assert.throws(() => process.nextTick(), {code: 'ERR_INVALID_ARG_TYPE'});
assert.throws(() => process.exit('x'), {code: 'ERR_INVALID_ARG_TYPE'});
assert.strictEqual(process.exitCode, undefined);

// Not Node's power.
for (const name of ['Buffer', 'fetch', 'WebSocket', 'Worker', 'XMLHttpRequest']) assert.strictEqual(globalThis[name], undefined);
for (const name of ['binding', 'dlopen', 'kill', 'chdir', 'setuid']) assert.strictEqual(process[name], undefined);
console.log('pass');
