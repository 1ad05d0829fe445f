'use strict';
const assert = require('assert');
const {promisify} = require('util');
const promises = require('timers/promises');
const lines = [];
const started = performance.now();

// Order by time, then by the order of starting.
setTimeout((text) => lines.push(text), 30, 'c');
setTimeout((text) => lines.push(text), 10, 'a');
setTimeout((text) => lines.push(text), 20, 'b');
setTimeout((text) => lines.push(text), 10, 'a2');

// Cleared by object, by number and by string.
clearTimeout(setTimeout(() => lines.push('cleared'), 1));
clearTimeout(+setTimeout(() => lines.push('cleared by number'), 1));
clearInterval(`${+setInterval(() => lines.push('cleared by string'), 1)}`);
clearImmediate(setImmediate(() => lines.push('cleared immediate')));
clearTimeout(undefined);
clearTimeout('nonsense');

const timer = setTimeout(() => {}, 1);
assert.strictEqual(typeof timer, 'object');
assert.strictEqual(timer.constructor.name, 'Timeout');
assert.strictEqual(timer.hasRef(), true);
assert.strictEqual(timer.unref(), timer);
assert.strictEqual(timer.hasRef(), false);
assert.strictEqual(timer.ref(), timer);
assert.strictEqual(+timer, +timer);
assert.ok(+timer > 0);
assert.throws(() => setTimeout('code', 1), {code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError'});

let ticks = 0;
const interval = setInterval(function () {
  assert.strictEqual(this, interval);
  ticks += 1;
  if (ticks === 3) clearInterval(interval);
}, 2);

// refresh() starts a timer's time again, also when it has fired.
let refreshed = 0;
const again = setTimeout(() => {
  refreshed += 1;
  if (refreshed < 3) again.refresh();
}, 3);

// Delays out of range are 1 ms.
for (const delay of [-5, NaN, Infinity, 2 ** 31, 'x', undefined]) setTimeout(() => lines.push('odd'), delay);

const immediate = setImmediate(() => lines.push('unreferenced immediate'));
immediate.unref();
assert.strictEqual(immediate.hasRef(), false);

(async () => {
  assert.strictEqual(await promisify(setTimeout)(5, 'value'), 'value');
  assert.strictEqual(await promisify(setImmediate)('now'), 'now');
  assert.strictEqual(require('node:timers').setTimeout, setTimeout);
  assert.strictEqual(require('timers').promises, promises);
  assert.strictEqual(await promises.setTimeout(5, 'value'), 'value');
  assert.strictEqual(await promises.scheduler.yield(), undefined);

  const signal = {aborted: true, reason: 'no time'};
  await assert.rejects(promises.setTimeout(60000, 0, {signal}), {name: 'AbortError', code: 'ABORT_ERR', cause: 'no time'});
})();

process.on('exit', () => {
  assert.deepStrictEqual(lines.filter((line) => line.length < 3), ['a', 'a2', 'b', 'c']);
  assert.deepStrictEqual(lines.filter((line) => line.length > 2).sort().reverse(), ['unreferenced immediate', ...Array(6).fill('odd')]);
  assert.strictEqual(ticks, 3);
  assert.strictEqual(refreshed, 3);
  assert.ok(performance.now() - started >= 29);
  console.log('pass');
});
