// setTimeout and its kin with Node's classes and Node's order: timers by the millisecond in which they are due, then
// immediates, then what other isolates have sent.

const LONGEST_DELAY = 2147483647;
const immediates = makeQueue();
const timersById = new Map(); // of those whose number somebody has asked for
let lastOrder = 0;
let lastId = 0;
let referenced = 0; // active timers and immediates that keep the program alive
const toPrimitive = Symbol.toPrimitive;
const disposeSymbol = Symbol.dispose ?? Symbol('dispose');

const nowMs = () => floor(hostNow());

class Timeout {
  #callback;
  #args;
  #delay;
  #isRepeated;
  #isReferenced = true;
  #entry = undefined; // in the heap
  #id = 0;

  constructor(callback, delay, args, isRepeated) {
    this.#callback = callback;
    this.#args = args;
    this.#isRepeated = isRepeated;
    let milliseconds = +delay;
    if (!(milliseconds >= 1 && milliseconds <= LONGEST_DELAY)) milliseconds = 1;
    this.#delay = trunc(milliseconds);
    this.#start();
  }

  #start() {
    lastOrder += 1;
    this.#entry = {__proto__: null, due: nowMs() + this.#delay, order: lastOrder, isActive: true, timeout: this};
    if (this.#isReferenced) referenced += 1;
    heapInsert(this.#entry);
    wakeLoop();
  }

  #stop() {
    if (this.#entry === undefined) return;
    this.#entry.isActive = false;
    this.#entry = undefined;
    if (this.#isReferenced) referenced -= 1;
  }

  ref() {
    if (!this.#isReferenced && this.#entry !== undefined) {
      referenced += 1;
      wakeLoop();
    }
    this.#isReferenced = true;
    return this;
  }

  unref() {
    if (this.#isReferenced && this.#entry !== undefined) {
      referenced -= 1;
      wakeLoop();
    }
    this.#isReferenced = false;
    return this;
  }

  hasRef() {
    return this.#isReferenced;
  }

  /** Starts the time again; also wakes a timer that has fired. A cleared one stays so. */
  refresh() {
    if (this.#callback !== undefined) {
      this.#stop();
      this.#start();
    }
    return this;
  }

  close() {
    Timeout.clear(this);
    return this;
  }

  [toPrimitive]() {
    if (this.#id === 0) {
      lastId += 1;
      this.#id = lastId;
      mapSet(timersById, this.#id, this);
    }
    return this.#id;
  }

  [disposeSymbol]() {
    Timeout.clear(this);
  }

  static isTimeout(value) {
    return typeof value === 'object' && value !== null && #id in value;
  }

  static clear(timeout) {
    timeout.#stop();
    timeout.#callback = undefined;
    if (timeout.#id !== 0) mapDelete(timersById, timeout.#id);
  }

  static fire(timeout) {
    const entry = timeout.#entry;
    const callback = timeout.#callback;
    timeout.#stop();
    runOperation(callback, timeout, timeout.#args);
    if (timeout.#callback === undefined || timeout.#entry !== undefined) return; // cleared, or refreshed
    if (timeout.#isRepeated) timeout.#start();
    else if (timeout.#id !== 0 && entry !== undefined) mapDelete(timersById, timeout.#id);
  }
}

class Immediate {
  #callback;
  #args;
  #isReferenced = true;

  constructor(callback, args) {
    this.#callback = callback;
    this.#args = args;
    referenced += 1;
    queuePush(immediates, this);
    wakeLoop();
  }

  ref() {
    if (!this.#isReferenced && this.#callback !== undefined) referenced += 1;
    this.#isReferenced = true;
    return this;
  }

  unref() {
    if (this.#isReferenced && this.#callback !== undefined) referenced -= 1;
    this.#isReferenced = false;
    return this;
  }

  hasRef() {
    return this.#isReferenced;
  }

  [disposeSymbol]() {
    Immediate.clear(this);
  }

  static isImmediate(value) {
    return typeof value === 'object' && value !== null && #callback in value;
  }

  static clear(immediate) {
    if (immediate.#callback !== undefined && immediate.#isReferenced) referenced -= 1;
    immediate.#callback = undefined;
  }

  static fire(immediate) {
    const callback = immediate.#callback;
    if (callback === undefined) return;
    Immediate.clear(immediate);
    runOperation(callback, immediate, immediate.#args);
  }
}

const unrefTimeout = uncurryThis(Timeout.prototype.unref);
const startUnreferenced = (callback, delay) => unrefTimeout(new Timeout(callback, delay, [], false));

function clearTimer(timer) {
  if (Timeout.isTimeout(timer)) Timeout.clear(timer);
  else if (Immediate.isImmediate(timer)) Immediate.clear(timer);
  else if (typeof timer === 'number' || typeof timer === 'string') {
    const found = mapGet(timersById, +timer);
    if (found !== undefined) Timeout.clear(found);
  }
}

function runTimers() {
  for (let first = firstTimer(); first !== undefined && first.due <= nowMs(); first = firstTimer()) {
    heapRemoveFirst();
    Timeout.fire(first.timeout);
  }
}

/** Those that are there now: what they add comes in the next turn. */
function runImmediates() {
  const {items, first} = immediates;
  immediates.items = [];
  immediates.first = 0;
  for (let i = first; i < items.length; i++) Immediate.fire(items[i]);
}

/** How long the loop may wait: see turn() in main.js. */
function patience() {
  if (!queueIsEmpty(immediates)) return referenced > 0 ? 0 : -1;
  const first = firstTimer();
  if (first === undefined) return -Infinity;
  const delay = max(0, first.due - hostNow());
  return referenced > 0 ? delay : -1 - delay;
}

const timerFunctions = {
  setTimeout(callback, delay, ...args) {
    checkFunction(callback, 'callback', timerFunctions.setTimeout);
    return new Timeout(callback, delay, args, false);
  },
  setInterval(callback, delay, ...args) {
    checkFunction(callback, 'callback', timerFunctions.setInterval);
    return new Timeout(callback, delay, args, true);
  },
  setImmediate(callback, ...args) {
    checkFunction(callback, 'callback', timerFunctions.setImmediate);
    return new Immediate(callback, args);
  },
  clearTimeout(timer) {
    clearTimer(timer);
  },
  clearInterval(timer) {
    clearTimer(timer);
  },
  clearImmediate(timer) {
    clearTimer(timer);
  },
};

function installTimers() {
  const names = ownKeys(timerFunctions);
  for (let i = 0; i < names.length; i++) defineGlobal(names[i], timerFunctions[names[i]]);
}
