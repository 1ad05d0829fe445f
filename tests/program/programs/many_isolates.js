'use strict';
// Many isolates, many calls, in parallel and after each other; none is disposed.
const assert = require('assert');
const ivm = require('isolated-vm');
(async () => {
  const isolates = Array.from({length: 8}, () => new ivm.Isolate({memoryLimit: 16}));
  const sums = await Promise.all(isolates.map(async (isolate, index) => {
    const context = await isolate.createContext();
    let sum = 0;
    for (let i = 0; i < 50; i++) sum += await context.eval(`${index} * ${i}`);
    return sum;
  }));
  assert.deepStrictEqual(sums, isolates.map((_, index) => index * 1225));
  const [first] = isolates;
  await assert.rejects((await first.createContext()).eval('throw new RangeError("from there")'), (error) => {
    assert.ok(error instanceof RangeError && error.message === 'from there');
    assert.match(error.stack, /isolated-vm boundary/);
    assert.match(error.stack, /many_isolates\.js/);
    return true;
  });
  console.log('pass');
})();
