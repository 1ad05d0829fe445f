'use strict';
// What other isolates do to the loop.
const assert = require('assert');
const ivm = require('isolated-vm');
assert.strictEqual(require('isolated-vm'), ivm);
assert.notStrictEqual(require('isolated-vm@5'), ivm);
assert.ok(Object.isFrozen(ivm));

const isolate = new ivm.Isolate({memoryLimit: 32});
const context = isolate.createContextSync();
const {global: jail} = context;
const seen = [];

// A function of ours, called from there on whatever thread, may set timers, ticks and jobs here.
jail.setSync('note', new ivm.Reference((what) => {
  seen.push(what);
  setTimeout(() => seen.push(`timer of ${what}`), 1);
  setImmediate(() => seen.push(`immediate of ${what}`));
  process.nextTick(() => seen.push(`tick of ${what}`));
  Promise.resolve().then(() => seen.push(`job of ${what}`));
  return seen.length;
}));

// While nothing but an ignored call is under way the program stays alive.
context.evalIgnored('let end = Date.now() + 60; while (Date.now() < end); note.applyIgnored(undefined, ["ignored"])');

process.on('exit', () => {
  assert.deepStrictEqual([...seen].sort(), [
    'ignored', 'immediate of ignored', 'job of ignored', 'tick of ignored', 'timer of ignored',
  ]);
  // Of ours: nobody disposes the isolate, and the program ends all the same.
  assert.strictEqual(isolate.isDisposed, false);
  console.log('pass');
});
