// setTimeout and its kin. The host wakes us once, when the earliest timer is due, however many there are.

const timers = new Map(); // id -> timer
let lastId = 0;
let wakeAt = Infinity; // when the host will wake us
const LONGEST_DELAY = 2147483647;
const toPrimitive = Symbol.toPrimitive;
const disposeSymbol = Symbol.dispose ?? Symbol('dispose');

/** Asks the host for a call when the first timer is due, unless an earlier call is already on its way. */
function askForWake() {
  const timer = firstTimer();
  if (timer === undefined || timer.due >= wakeAt) return;
  // In this order: who is interrupted between the two must not leave all others waiting for a call that never comes.
  const {due} = timer;
  host.wake(max(0, due - hostNow()), timer.cell);
  wakeAt = due;
}

function addTimer(name, callback, delay, args, isRepeated, shortest) {
  if (typeof callback !== 'function') throw new TypeError(`${name}: the callback must be a function, not ${typeof callback}`);
  let milliseconds = +delay;
  if (!(milliseconds >= shortest)) milliseconds = shortest;
  if (milliseconds > LONGEST_DELAY) milliseconds = 1;
  lastId += 1;
  const timer = {id: lastId, order: 0, callback, args, delay: milliseconds, isRepeated, cell: currentCell(), due: 0, isActive: true, handle: undefined};
  timer.handle = new (name === 'setImmediate' ? Immediate : Timeout)(ours, timer);
  startTimer(timer);
  return timer.handle;
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

function stopTimer(timer) {
  timer.isActive = false;
  timer.callback = undefined;
  mapDelete(timers, timer.id);
}

function clearTimer(given) {
  let timer = timerOf(given);
  if (typeof given === 'number' || typeof given === 'string') timer = mapGet(timers, +given);
  if (timer !== undefined) stopTimer(timer);
}

// What setTimeout() and setImmediate() return, as in Node. That a kernel ends when nothing is referenced any more it is spared.
// Neither class has a superclass, which a user could replace and be told of timers by, and none but us make instances.
let timeoutOf; // (value) => the timer that it stands for, or undefined
let immediateOf;
const timerOf = (value) => timeoutOf(value) ?? immediateOf(value);
const ours = Symbol('ours');

function checkKey(key, above) {
  if (key !== ours) throw codedError(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor', above);
}

class Timeout {
  #timer;
  #isReferenced = true;
  constructor(key = undefined, timer = undefined) {
    checkKey(key, Timeout);
    this.#timer = timer;
  }
  ref() {
    this.#isReferenced = true;
    return this;
  }
  unref() {
    this.#isReferenced = false;
    return this;
  }
  hasRef() {
    return this.#isReferenced;
  }
  /** Starts the time again; also wakes a timer that has fired. A cleared one stays so. */
  refresh() {
    if (this.#timer.callback === undefined) return this;
    this.#timer.isActive = false;
    this.#timer = {...this.#timer, isActive: true};
    startTimer(this.#timer);
    return this;
  }
  close() {
    stopTimer(this.#timer);
    return this;
  }
  [toPrimitive]() {
    return this.#timer.id;
  }
  [disposeSymbol]() {
    stopTimer(this.#timer);
  }
  static {
    timeoutOf = (value) => (value !== null && typeof value === 'object' && #timer in value ? value.#timer : undefined);
  }
}

class Immediate {
  #timer;
  #isReferenced = true;
  constructor(key = undefined, timer = undefined) {
    checkKey(key, Immediate);
    this.#timer = timer;
  }
  ref() {
    this.#isReferenced = true;
    return this;
  }
  unref() {
    this.#isReferenced = false;
    return this;
  }
  hasRef() {
    return this.#isReferenced;
  }
  [disposeSymbol]() {
    stopTimer(this.#timer);
  }
  static {
    immediateOf = (value) => (value !== null && typeof value === 'object' && #timer in value ? value.#timer : undefined);
  }
}

/** Stops what a cell has started; it was interrupted. */
operations.stop = (cell) => {
  mapForEach(timers, (timer) => {
    if (timer.cell === cell) stopTimer(timer);
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
  if (timer.isRepeated) {
    lastOrder += 1;
    heapDelayFirst(hostNow() + timer.delay, lastOrder);
  } else {
    heapRemoveFirst();
    timer.isActive = false;
    mapDelete(timers, timer.id);
  }
  askForWake();
  setCurrentCell(timer.cell);
  apply(timer.callback, timer.handle, timer.args);
};

const timerFunctions = {
  setTimeout: (callback, delay, ...args) => addTimer('setTimeout', callback, delay, args, false, 1),
  setInterval: (callback, delay, ...args) => addTimer('setInterval', callback, delay, args, true, 1),
  setImmediate: (callback, ...args) => addTimer('setImmediate', callback, 0, args, false, 0),
  clearTimeout: (timer) => clearTimer(timer),
  clearInterval: (timer) => clearTimer(timer),
  clearImmediate: (timer) => clearTimer(timer),
};

const startUnreferenced = timerFunctions.setTimeout;

function installTimers() {
  const names = ownKeys(timerFunctions);
  for (let i = 0; i < names.length; i++) defineGlobal(names[i], timerFunctions[names[i]]);
}
