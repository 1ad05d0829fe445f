// What runs after each operation, in Node's order: process.nextTick, then microtasks, then rejections that nobody handled.

let isDraining = false; // what is running will be followed by drain()
let isAsleep = false; // the host's loop waits and does not know of new work
let isExiting = false;
const ticks = makeQueue();

/** First in, first out, without anything of Array.prototype. */
function makeQueue() {
  return {__proto__: null, items: plain([]), first: 0};
}

function queuePush(queue, item) {
  queue.items[queue.items.length] = item;
}

function queueShift(queue) {
  const {items, first} = queue;
  if (first === items.length) return undefined;
  const item = items[first];
  items[first] = undefined;
  queue.first = first + 1;
  if (queue.first === items.length) {
    queue.items = plain([]);
    queue.first = 0;
  }
  return item;
}

const queueIsEmpty = (queue) => queue.first === queue.items.length;

/** To be called when there is new work for the loop: other isolates and promises come in while it waits. */
function wakeLoop() {
  if (!isAsleep) return;
  isAsleep = false;
  hostWake();
}

/** Calls a function of the user's; what it throws ends the program, or goes to its handler. */
function runCallback(callback, receiver, args) {
  const thrown = natives.call(() => apply(callback, receiver, args));
  if (thrown !== undefined) onUncaught(thrown, 'uncaughtException');
}

/** Calls a function of the user's with all that Node does after it. */
function runOperation(callback, receiver, args) {
  runCallback(callback, receiver, args);
  drain();
}

function drain() {
  isDraining = true;
  do {
    for (let tick = queueShift(ticks); tick !== undefined; tick = queueShift(ticks)) {
      runCallback(tick.callback, undefined, tick.args);
    }
    natives.runMicrotasks();
  } while (!queueIsEmpty(ticks) || handleRejections());
  isDraining = false;
}

/** True if it has run something. */
function handleRejections() {
  const rejections = natives.takeRejections();
  if (rejections === undefined) return false;
  for (let i = 0; i < rejections.length; i += 2) {
    const promise = rejections[i];
    const reason = rejections[i + 1];
    if (hasListeners('unhandledRejection')) {
      const thrown = natives.call(() => process.emit('unhandledRejection', reason, promise));
      if (thrown !== undefined) onUncaught(thrown, 'uncaughtException');
    } else {
      onUncaught(natives.locate(errorIsError(reason) ? reason : rejectionError(reason)), 'unhandledRejection');
    }
  }
  return rejections.length > 0;
}

class UnhandledPromiseRejection extends Error {}
defineProperty(UnhandledPromiseRejection.prototype, 'name', {__proto__: null, value: 'UnhandledPromiseRejection', configurable: true});

function rejectionError(reason) {
  const text = reason !== null && typeof reason === 'object' ? '#<Object>' : typeof reason === 'string' ? reason : inspect(reason);
  const error = new UnhandledPromiseRejection(
    'This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise ' +
      `which was not handled with .catch(). The promise rejected with the reason "${text}".`,
  );
  defineProperty(error, 'stack', {__proto__: null, value: `UnhandledPromiseRejection: ${error.message}`, writable: true});
  return defineProperty(error, 'code', {__proto__: null, value: 'ERR_UNHANDLED_REJECTION', enumerable: true}) && error;
}

/** `thrown` is what natives.call gave: [error, filename, line, first column, last column, source line]. */
function onUncaught(thrown, origin) {
  if (hasListeners('uncaughtException')) {
    const again = natives.call(() => process.emit('uncaughtException', thrown[0], origin));
    if (again !== undefined) die(again, 7);
    return;
  }
  die(thrown, 1);
}

function die(thrown, code) {
  const again = emitExit(code);
  if (again !== undefined) report(again);
  report(thrown);
  hostExit(exitCode() || code);
}

function report(thrown) {
  const error = thrown[0];
  const isError = errorIsError(error);
  let text;
  let stack = '';
  try {
    text = withoutOwnFrames(isError || (error !== null && typeof error === 'object') ? inspect(error) : String(error));
    if (isError) stack = `${error.stack}`;
  } catch {
    text = '[an error that can\'t be shown]';
  }
  const where = (index, type) => (typeof thrown[index] === type ? thrown[index] : undefined);
  hostReport(text, stack, where(1, 'string'), where(2, 'number'), where(3, 'number'), where(4, 'number'), where(5, 'string'));
}

/** Runs the handlers of 'exit', once; what they throw comes back. */
function emitExit(code) {
  if (isExiting) return undefined;
  isExiting = true;
  if (process.exitCode === undefined) process.exitCode = code;
  return natives.call(() => process.emit('exit', exitCode()));
}

/** The number that process.exitCode stands for. */
function exitCode() {
  const code = +process.exitCode;
  return code === code ? code & 255 : 0;
}

function installJobs() {
  const functions = {
    queueMicrotask(callback) {
      checkFunction(callback, 'callback', functions.queueMicrotask);
      promiseThen(promiseResolve(), () => runCallback(callback, undefined, []));
    },
  };
  defineGlobal('queueMicrotask', functions.queueMicrotask);
}
