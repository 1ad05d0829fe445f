// setTimeout and its kin. The host wakes us once, when the earliest timer is due, however many there are.

const timers = new Map(); // id -> timer
const heap = []; // all timers, the earliest first; cancelled ones stay until they surface
let lastId = 0;
let wakeAt = Infinity; // when the host will wake us
const LONGEST_DELAY = 2147483647;

const isBefore = (a, b) => a.due < b.due || (a.due === b.due && a.order < b.order);

function heapInsert(timer) {
  let at = heap.length;
  arrayPush(heap, timer);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(timer, heap[parent])) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = timer;
}

function heapRemoveFirst() {
  const last = heap[heap.length - 1];
  heap.length -= 1;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child += 1;
    if (!isBefore(heap[child], last)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
}

function firstTimer() {
  while (heap.length > 0 && !heap[0].isActive) heapRemoveFirst();
  return heap[0];
}

/** Asks the host for a call when the first timer is due, unless an earlier call is already on its way. */
function askForWake() {
  const timer = firstTimer();
  if (timer === undefined || timer.due >= wakeAt) return;
  wakeAt = timer.due;
  hostWake(max(0, timer.due - hostNow()), timer.cell);
}

function addTimer(name, callback, delay, args, isRepeated, shortest) {
  if (typeof callback !== 'function') throw new TypeError(`${name}: the callback must be a function, not ${typeof callback}`);
  let milliseconds = +delay;
  if (!(milliseconds >= shortest)) milliseconds = shortest;
  if (milliseconds > LONGEST_DELAY) milliseconds = 1;
  lastId += 1;
  startTimer({id: lastId, order: 0, callback, args, delay: milliseconds, isRepeated, cell: currentCell, due: 0, isActive: true});
  return lastId;
}

let lastOrder = 0;
function startTimer(timer) {
  lastOrder += 1;
  timer.order = lastOrder;
  timer.due = hostNow() + timer.delay;
  mapSet(timers, timer.id, timer);
  heapInsert(timer);
  askForWake();
}

function stopTimer(id) {
  if (typeof id !== 'number' && typeof id !== 'string') return;
  const timer = mapGet(timers, +id);
  if (timer === undefined) return;
  timer.isActive = false;
  mapDelete(timers, timer.id);
}

/** Stops what a cell has started. */
function stopTimersOf(cell) {
  mapForEach(timers, (timer) => {
    if (timer.cell === cell) stopTimer(timer.id);
  });
}

/** Called by the host at wakeAt: runs one timer, so that its promise jobs come before the next one. */
function fireTimers() {
  wakeAt = Infinity;
  const timer = firstTimer();
  if (timer === undefined) return;
  if (timer.due > hostNow()) {
    askForWake();
    return;
  }
  heapRemoveFirst();
  if (timer.isRepeated) {
    startTimer(timer);
  } else {
    timer.isActive = false;
    mapDelete(timers, timer.id);
    askForWake();
  }
  currentCell = timer.cell;
  apply(timer.callback, undefined, timer.args);
}

function installTimers() {
  const functions = {
    setTimeout: (callback, delay, ...args) => addTimer('setTimeout', callback, delay, args, false, 1),
    setInterval: (callback, delay, ...args) => addTimer('setInterval', callback, delay, args, true, 1),
    setImmediate: (callback, ...args) => addTimer('setImmediate', callback, 0, args, false, 0),
    clearTimeout: (id) => stopTimer(id),
    clearInterval: (id) => stopTimer(id),
    clearImmediate: (id) => stopTimer(id),
  };
  const names = ownKeys(functions);
  for (let i = 0; i < names.length; i++) defineGlobal(names[i], functions[names[i]]);
}
