// `process`, as much of it as needs no file, network or child process; and `performance`.

const {create} = Object;
const process = {};
const startedNs = natives.nowNs();
const startedAt = config.startedAt; // milliseconds since 1970

/** process is an EventEmitter, but the class is only made for programs that look for it. */
function becomeEmitter() {
  const EventEmitter = bundled().events();
  const prototype = create(EventEmitter.prototype, {
    constructor: {__proto__: null, value: function process() {}, configurable: true, writable: true},
  });
  setPrototypeOf(process, prototype);
  apply(EventEmitter, process, []);
}

let isEmitter = false;
const hasListeners = (name) => isEmitter && process.listenerCount(name) > 0;

const emitterMethods = [
  'addListener', 'emit', 'eventNames', 'getMaxListeners', 'listenerCount', 'listeners', 'off', 'on', 'once',
  'prependListener', 'prependOnceListener', 'rawListeners', 'removeAllListeners', 'removeListener', 'setMaxListeners',
];

/** Methods that put the real ones in their place when the first is called. */
function installEmitter() {
  const prototype = {};
  for (let i = 0; i < emitterMethods.length; i++) {
    const name = emitterMethods[i];
    const method = {
      [name](...args) {
        if (name === 'emit' && !isEmitter) return false;
        isEmitter = true;
        becomeEmitter();
        return apply(process[name], process, args);
      },
    }[name];
    defineProperty(prototype, name, {__proto__: null, value: method, configurable: true, writable: true});
  }
  setPrototypeOf(process, prototype);
}

function makeStream(fd) {
  return {
    fd,
    isTTY: config.isTTY[fd - 1] ? true : undefined,
    columns: config.isTTY[fd - 1] ? config.columns : undefined,
    writable: true,
    write(chunk, encoding, callback) {
      const isText = typeof chunk === 'string';
      if (!isText && !(isTypedArray(chunk) && typedArrayTag(chunk) === 'Uint8Array') && !isDataView(chunk)) {
        throw argumentError('chunk', 'of type string or an instance of Uint8Array', chunk, process.stdout.write);
      }
      hostWrite(fd, isText ? chunk : new Uint8Array(bytesOf(chunk))); // a copy: shared memory can't cross
      const done = typeof encoding === 'function' ? encoding : callback;
      if (typeof done === 'function') process.nextTick(done);
      return true;
    },
    end(chunk, encoding, callback) {
      if (chunk !== undefined && typeof chunk !== 'function') this.write(chunk, encoding, callback);
    },
    on: function () {
      return this;
    },
    once: function () {
      return this;
    },
  };
}

function hrtime(previous) {
  const passed = natives.nowNs();
  const seconds = floor(passed / 1e9);
  const time = [seconds, passed - seconds * 1e9];
  if (previous === undefined) return time;
  if (!isArray(previous)) throw argumentError('time', 'an instance of Array', previous, hrtime);
  if (previous.length !== 2) {
    const message = `The value of "time" is out of range. It must be 2. Received ${previous.length}`;
    throw codedError(RangeError, 'ERR_OUT_OF_RANGE', message, hrtime);
  }
  const before = [+previous[0], +previous[1]];
  const nanoseconds = time[1] - before[1];
  return nanoseconds < 0 ? [time[0] - before[0] - 1, nanoseconds + 1e9] : [time[0] - before[0], nanoseconds];
}

const processMethods = {
  nextTick(callback, ...args) {
    checkFunction(callback, 'callback', processMethods.nextTick);
    if (isExiting) return;
    queuePush(ticks, {__proto__: null, callback, args});
    if (!isDraining) wakeLoop();
  },
  exit(code) {
    if (code !== undefined) setExitCode(code, processMethods.exit);
    const thrown = emitExit(exitCode());
    if (thrown !== undefined) die(thrown, 1);
    hostExit(exitCode());
  },
  reallyExit(code) {
    hostExit(+code & 255);
  },
  abort() {
    hostExit(134);
  },
  cwd: () => config.cwd,
  uptime: () => (natives.nowNs() - startedNs) / 1e9,
  memoryUsage: () => hostMemory(),
  emitWarning(warning, options, code) {
    const type = typeof options === 'string' ? options : options?.type ?? 'Warning';
    const name = errorIsError(warning) ? warning.name : type;
    const id = typeof code === 'string' ? ` [${code}]` : '';
    hostWrite(2, `(isolates:${config.pid})${id} ${name}: ${errorIsError(warning) ? warning.message : warning}\n`);
  },
};

function setExitCode(code, above) {
  const isNumber = typeof code === 'number' ? floor(code) === code : typeof code === 'string' && code !== '' && floor(+code) === +code;
  if (!isNumber && code !== undefined && code !== null) throw argumentError('code', 'an integer', code, above);
  process.exitCode = code ?? undefined;
}

function installProcess() {
  installEmitter();
  const fields = {
    title: 'isolates',
    version: `v${config.versions.node}`,
    arch: config.arch,
    platform: config.platform,
    release: {name: 'isolates'},
    argv: config.argv,
    execArgv: config.execArgv,
    execPath: config.execPath,
    argv0: config.argv0,
    env: config.env,
    pid: config.pid,
    ppid: config.ppid,
    exitCode: undefined,
    features: {},
    config: {},
  };
  const keys = ownKeys(fields);
  for (let i = 0; i < keys.length; i++) {
    defineProperty(process, keys[i], {__proto__: null, value: fields[keys[i]], enumerable: true, writable: true, configurable: true});
  }
  const names = ownKeys(processMethods);
  for (let i = 0; i < names.length; i++) {
    defineProperty(process, names[i], {__proto__: null, value: processMethods[names[i]], enumerable: true, writable: true, configurable: true});
  }
  defineProperty(hrtime, 'bigint', {
    __proto__: null,
    value: function bigint() {
      return BigInt(natives.nowNs());
    },
    enumerable: true, writable: true, configurable: true,
  });
  defineProperty(process, 'hrtime', {__proto__: null, value: hrtime, enumerable: true, writable: true, configurable: true});
  defineProperty(process, 'versions', {
    __proto__: null,
    value: freeze(config.versions),
    enumerable: true, configurable: true,
  });
  processMethods.memoryUsage.rss = () => hostMemory().rss;
  process.stdout = makeStream(1);
  process.stderr = makeStream(2);
  defineProperty(process, toStringTag, {__proto__: null, value: 'process', configurable: true});
  defineGlobal('process', process, false);
  defineGlobal('global', globalThis, false);

  installPerformance(() => (natives.nowNs() - startedNs) / 1e6, startedAt);
}
