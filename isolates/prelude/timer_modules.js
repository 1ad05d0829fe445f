// The modules timers and timers/promises, and what util.promisify() makes of setTimeout. Wants: timerFunctions, the
// globals that the prelude has for it.

const hidden = (value) => ({__proto__: null, value, writable: true, configurable: true});

function abortError() {
  const error = codedError(Error, 'ABORT_ERR', 'The operation was aborted', abortError);
  defineProperty(error, 'name', hidden('AbortError'));
  return error;
}

/** A promise that `begin(resolve)` fulfils, unless options.signal, of whatever package it is, rejects it before. */
function waitFor(begin, end, signal) {
  // Made here, where the stack is that of the code which waits.
  const error = signal === undefined || signal === null ? undefined : abortError();
  return new Promise((resolve, reject) => {
    const abort = () => {
      end(timer);
      const {reason} = signal;
      if (reason !== undefined) defineProperty(error, 'cause', hidden(reason));
      reject(error);
    };
    const timer = begin((value) => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    });
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, {__proto__: null, once: true});
  });
}

function waitTimeout(delay, value, options) {
  return waitFor((resolve) => timerFunctions.setTimeout(resolve, delay, value), timerFunctions.clearTimeout, options?.signal);
}

function waitImmediate(value, options) {
  return waitFor((resolve) => timerFunctions.setImmediate(resolve, value), timerFunctions.clearImmediate, options?.signal);
}

/** Yields `value` for each interval that has passed, also for those that passed while its consumer was busy. */
async function* eachInterval(delay, value) {
  let due = 0;
  let wake = () => undefined;
  const timer = timerFunctions.setInterval(() => {
    due += 1;
    wake();
  }, delay);
  try {
    for (;;) {
      if (due === 0) await new Promise((resolve) => (wake = resolve));
      for (; due > 0; due--) yield value;
    }
  } finally {
    timerFunctions.clearInterval(timer);
  }
}

const timerPromises = {
  setTimeout: (delay, value, options) => waitTimeout(delay, value, options),
  setImmediate: (value, options) => waitImmediate(value, options),
  setInterval: (delay, value) => eachInterval(delay, value),
  scheduler: {
    wait: (delay, options) => waitTimeout(delay, undefined, options),
    yield: () => waitImmediate(),
  },
};
builtins['timers/promises'] = () => timerPromises;
builtins.timers = () => ({...timerFunctions, promises: timerPromises});

function installTimerModules() {
  const promisified = (value) => ({__proto__: null, value, configurable: true});
  defineProperty(timerFunctions.setTimeout, promisifyCustom, promisified(timerPromises.setTimeout));
  defineProperty(timerFunctions.setImmediate, promisifyCustom, promisified(timerPromises.setImmediate));
}
