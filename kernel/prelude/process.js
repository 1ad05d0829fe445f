// `process`, as much of it as packages look at that are not for Node alone. It does not claim to be Node's.
// And the clock of `performance`.

// Who is not trusted with all has the steps that browsers give: finer ones help to guess what else runs in this process.
const {now: dateNow} = Date;
const since = (start) => (host.isolatedVm === undefined ? floor((hostNow() - start) * 10) / 10 : hostNow() - start);
// The nearest one: tenths of milliseconds have no exact number.
const nanosecondsNow = () => floor(since(0) * 1e6 + 0.5);
const reach = (stream) => ({
  isTTY: false,
  write(text) {
    print(stream, `${text}`);
    return true;
  },
});

const process = {
  title: 'isolates',
  version: '',
  versions: {v8: host.v8Version},
  platform: host.platform,
  arch: '',
  argv: [],
  execArgv: [],
  env: {},
  pid: 0,
  exitCode: undefined,
  noDeprecation: false,
  stdout: reach('stdout'),
  stderr: reach('stderr'),
  cwd: () => startFolder ?? '/',
  uptime: () => since(0) / 1000,
  nextTick(callback, ...args) {
    if (typeof callback !== 'function') throw argumentError('callback', 'of type function', callback, process.nextTick);
    promiseThen(promiseResolve(), () => apply(callback, undefined, args));
  },
  hrtime(before) {
    const now = nanosecondsNow();
    const seconds = floor(now / 1e9);
    const time = [seconds, now - seconds * 1e9];
    if (before === undefined) return time;
    const nanoseconds = time[1] - before[1];
    return nanoseconds < 0 ? [time[0] - before[0] - 1, nanoseconds + 1e9] : [time[0] - before[0], nanoseconds];
  },
  emitWarning(warning) {
    print('stderr', `Warning: ${warning?.message ?? warning}\n`);
  },
  exit() {
    throw new Error('process.exit: a cell ends the kernel by `exit`, and itself by an error');
  },
  on: () => process,
  once: () => process,
  off: () => process,
  removeListener: () => process,
  emit: () => false,
  listeners: () => [],
};

function installProcess() {
  process.hrtime.bigint = () => BigInt(nanosecondsNow());
  defineProperty(process, toStringTag, {__proto__: null, value: 'process', configurable: true});
  if (hostResolve !== undefined) {
    defineGlobal('process', process, false);
    installBuffer();
  }
  const start = hostNow();
  installPerformance(() => since(start), dateNow());
}
