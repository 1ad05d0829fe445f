// setTimeout and its kin. The host wakes us once, when the earliest timer is due, however many there are.

const timers = new Map(); // id -> timer
let lastId = 0;
let wakeAt = Infinity; // when the host will wake us
const LONGEST_DELAY = 2147483647;

/** Asks the host for a call when the first timer is due, unless an earlier call is already on its way. */
function askForWake() {
  const timer = firstTimer();
  if (timer === undefined || timer.due >= wakeAt) return;
  wakeAt = timer.due;
  host.wake(max(0, timer.due - hostNow()), timer.cell);
}

function addTimer(name, callback, delay, args, isRepeated, shortest) {
  if (typeof callback !== 'function') throw new TypeError(`${name}: the callback must be a function, not ${typeof callback}`);
  let milliseconds = +delay;
  if (!(milliseconds >= shortest)) milliseconds = shortest;
  if (milliseconds > LONGEST_DELAY) milliseconds = 1;
  lastId += 1;
  startTimer({id: lastId, order: 0, callback, args, delay: milliseconds, isRepeated, cell: currentCell(), due: 0, isActive: true});
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

/** Stops what a cell has started; it was interrupted. */
operations.stop = (cell) => {
  mapForEach(timers, (timer) => {
    if (timer.cell === cell) stopTimer(timer.id);
  });
};

/** Called by the host at wakeAt: runs one timer, so that its promise jobs come before the next one. The host has set the limit of the cell that it
 * was told; a timer of another waits for a call of its own. */
operations.fire = (cell) => {
  wakeAt = Infinity;
  const timer = firstTimer();
  if (timer === undefined) return;
  if (timer.due > hostNow() || timer.cell !== cell) {
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
  setCurrentCell(timer.cell);
  apply(timer.callback, undefined, timer.args);
};

const timerFunctions = {
  setTimeout: (callback, delay, ...args) => addTimer('setTimeout', callback, delay, args, false, 1),
  setInterval: (callback, delay, ...args) => addTimer('setInterval', callback, delay, args, true, 1),
  setImmediate: (callback, ...args) => addTimer('setImmediate', callback, 0, args, false, 0),
  clearTimeout: (id) => stopTimer(id),
  clearInterval: (id) => stopTimer(id),
  clearImmediate: (id) => stopTimer(id),
};

// A kernel does not end with its last timer.
const startUnreferenced = timerFunctions.setTimeout;

function installTimers() {
  const names = ownKeys(timerFunctions);
  for (let i = 0; i < names.length; i++) defineGlobal(names[i], timerFunctions[names[i]]);
}
