'use strict';
// Prints names in the order in which Node runs things.
const seen = [];
const note = (name) => seen.push(name);
setTimeout(() => {
  note('timeout');
  process.nextTick(() => note('tick of timeout'));
  Promise.resolve().then(() => note('job of timeout'));
}, 0);
setTimeout(() => note('next timeout'), 0);
setImmediate(() => {
  note('immediate');
  setImmediate(() => note('immediate of immediate'));
  process.nextTick(() => note('tick of immediate'));
});
setImmediate(() => note('next immediate'));
Promise.resolve().then(() => {
  note('job');
  process.nextTick(() => note('tick of job'));
  Promise.resolve().then(() => note('job of job'));
});
queueMicrotask(() => note('microtask'));
process.nextTick(() => {
  note('tick');
  process.nextTick(() => note('tick of tick'));
  Promise.resolve().then(() => note('job of tick'));
});
process.nextTick((a, b) => note(`tick with ${a} ${b}`), 1, 2);
note('main');
// So that the timers are due before the first immediate.
const end = performance.now() + 5;
while (performance.now() < end);
process.on('exit', () => console.log(seen.join('\n')));
