// How the host is asked: at once, by a promise, or with a callback.

// What is under way: number -> {cell, settle(answer)}.
const underWay = new Map();
let lastNumber = 0;

/** The host has the answer to the call of this number. */
operations.filed = (number) => {
  const entry = mapGet(underWay, number);
  if (entry === undefined) return;
  mapDelete(underWay, number);
  let answer;
  try {
    answer = host.takeFile(number);
  } catch (error) {
    answer = {__proto__: null, name: 'RangeError', code: 'ERR_MEMORY_ALLOCATION_FAILED', message: `There is no room for it: ${error.message}`};
  }
  setCurrentCell(entry.cell);
  entry.settle(answer);
};

const ERROR_CLASSES = {__proto__: null, RangeError, TypeError};
const DETAILS = ['errno', 'code', 'syscall', 'path', 'dest'];

/** What the host says is either what was asked for or, as a plain object, what went wrong. */
const isFailure = (answer) => isObject(answer) && getOwnPropertyDescriptor(answer, 'code') !== undefined;

/** Without `above` it has happened later: nobody's line is to blame. */
function fileError(said, above) {
  const {name, code, message} = said;
  if (code === 'ABORT_ERR') return abortError(undefined, message);
  let error;
  if (stringSlice(code, 0, 4) === 'ERR_') {
    error = codedError(ERROR_CLASSES[name] ?? Error, code, message, above);
    if (name === 'SystemError') defineProperty(error, 'name', {__proto__: null, value: name, writable: true, configurable: true});
  } else {
    error = new Error(message);
    captureStackTrace(error, above);
  }
  for (let i = 0; i < DETAILS.length; i++) {
    const detail = getOwnPropertyDescriptor(said, DETAILS[i]);
    if (detail !== undefined) defineProperty(error, DETAILS[i], {__proto__: null, value: detail.value, writable: true, enumerable: true, configurable: true});
  }
  return error;
}

function abortError(reason, message = 'The operation was aborted') {
  const error = codedError(Error, 'ABORT_ERR', message, abortError);
  const hidden = (value) => ({__proto__: null, value, writable: true, configurable: true});
  defineProperty(error, 'name', hidden('AbortError'));
  if (reason !== undefined) defineProperty(error, 'cause', hidden(reason));
  return error;
}

function answered(answer, asked, above) {
  if (!isFailure(answer)) return asked.finish === undefined ? undefined : asked.finish(answer);
  if (asked.missing === true && answer.code === 'ENOENT') return undefined;
  throw fileError(answer, above);
}

/** Both lists in one, whatever the user has made of arrays. */
function listOf(first, second) {
  const list = plain(first);
  const {length} = list;
  for (let i = 0; i < second.length; i++) list[length + i] = second[i];
  return list;
}

/** A call whose answer goes to settle(answer). Returns its number. */
function start(asked, settle) {
  lastNumber += 1;
  const number = lastNumber;
  const cell = currentCell();
  mapSet(underWay, number, {__proto__: null, cell, settle});
  const refusal = apply(host.startFile, undefined, listOf([cell, number], asked.call));
  if (isFailure(refusal)) {
    mapDelete(underWay, number);
    throw fileError(refusal, start);
  }
  return number;
}

/** Calls fail(error) when the signal aborts. Returns a function that forgets it. */
function follow(signal, number, fail) {
  return whenAborted(signal, () => {
    if (!mapDelete(underWay, number)) return;
    host.abortFile(number);
    fail(abortError(signal.reason));
  });
}

function finishLater(asked, succeed, fail) {
  const {signal} = asked;
  if (signal !== undefined && signal.aborted) throw abortError(signal.reason);
  let forget;
  const number = start(asked, (answer) => {
    try {
      forget?.();
    } catch {
      // a signal of another package, which may do so
    }
    succeed(answer);
  });
  if (signal !== undefined) forget = follow(signal, number, fail);
}

/** As fs.promises and fs have it; `prepare(args, above)` makes {call, finish, ...} of what the user gives. */
function definePromised(target, name, prepare) {
  const promised = {
    async [name](...args) {
      const asked = prepare(plain(args), promised);
      const answer = await new Promise((resolve, reject) => finishLater(asked, (said) => resolve({__proto__: null, said}), reject));
      return answered(answer.said, asked);
    },
  }[name];
  addMethod(target, name, promised);
}

function defineSync(target, name, prepare) {
  const sync = {
    [name](...args) {
      const asked = prepare(plain(args), sync);
      return answered(apply(host.file, undefined, listOf([currentCell()], asked.call)), asked, sync);
    },
  }[name];
  addMethod(target, name, sync);
  return sync;
}

/** `least`: how many arguments there are before the callback. */
function defineWithCallback(target, name, least, prepare) {
  const method = {
    [name](...args) {
      plain(args);
      const at = args.length - 1;
      const callback = at >= least ? args[at] : undefined;
      if (typeof callback !== 'function') throw argumentError('cb', 'of type function', callback, method);
      args.length = at;
      const asked = prepare(args, method);
      const done = (answer) => {
        let value;
        try {
          value = answered(answer, asked);
        } catch (error) {
          return callback(withoutPlace(error));
        }
        return value === undefined ? callback(null) : callback(null, value);
      };
      finishLater(asked, done, callback);
    },
  }[name];
  addMethod(target, name, method);
  return method;
}

/** Nothing of the user's was running when it happened. */
function withoutPlace(error) {
  defineProperty(error, 'stack', {__proto__: null, value: `${error.name}: ${error.message}`, writable: true, configurable: true});
  return error;
}

function addMethod(target, name, value) {
  defineProperty(target, name, {__proto__: null, value, enumerable: true, writable: true, configurable: true});
}
