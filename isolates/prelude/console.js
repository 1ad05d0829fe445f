// The console: what Node's prints. The prelude that has it defines print(stream, text) and hostNow().

let indentation = '';
const counts = new Map();
const clocks = new Map();
// V8's own console only talks to the inspector; calling it too keeps DevTools working.
const builtinConsole = globalThis.console;

function write(stream, text) {
  let lines = withoutOwnFrames(text);
  if (indentation !== '') lines = indentation + stringReplaceAll(lines, '\n', `\n${indentation}`);
  print(stream, `${lines}\n`);
}

/** Plain text is by far the most frequent, and needs nothing that a polluted prototype could break. */
function areStrings(args) {
  for (let i = 0; i < args.length; i++) {
    if (typeof args[i] !== 'string') return false;
  }
  return args.length > 0;
}

let lastFormatted = '';
function format(args) {
  if (areStrings(args) && !stringIncludes(args[0], '%')) return arrayJoin(args, ' ');
  const all = [{__proto__: null}];
  for (let i = 0; i < args.length; i++) arrayPush(all, args[i]);
  lastFormatted = apply(formatWithOptions, undefined, all);
  return lastFormatted;
}

const labelOf = (label) => (label === undefined ? 'default' : `${label}`);

function warnAbout(text) {
  write('stderr', `Warning: ${text}`);
}

function timeText(milliseconds) {
  if (milliseconds < 1000) return `${Number(numberToFixed(milliseconds, 3))}ms`;
  if (milliseconds < 60000) return `${numberToFixed(milliseconds / 1000, 3)}s`;
  const seconds = milliseconds / 1000;
  const rest = numberToFixed(seconds % 60, 3);
  return `${floor(seconds / 60)}:${seconds % 60 < 10 ? '0' : ''}${rest} (m:ss.mmm)`;
}

function elapsed(label, method) {
  const started = mapGet(clocks, label);
  if (started === undefined) {
    warnAbout(`No such label '${label}' for console.${method}()`);
    return undefined;
  }
  return `${label}: ${timeText(hostNow() - started)}`;
}

const methods = {
  log: (...args) => write('stdout', format(args)),
  info: (...args) => write('stdout', format(args)),
  debug: (...args) => write('stdout', format(args)),
  warn: (...args) => write('stderr', format(args)),
  error: (...args) => write('stderr', format(args)),
  dir: (value, options) => write('stdout', inspect(value, {__proto__: null, customInspect: false, ...options})),
  dirxml: (...args) => write('stdout', format(args)),
  table(data, columns) {
    if (columns !== undefined && !isArray(columns)) throw new TypeError('console.table: the columns must be an array');
    write('stdout', data !== null && typeof data === 'object' ? drawTable(tableOf(data, columns)) : format([data]));
  },
  trace(...args) {
    const error = {name: 'Trace', message: format(args)};
    captureStackTrace(error);
    const head = error.message === '' ? 'Trace' : `Trace: ${error.message}`;
    const stack = `${error.stack}`;
    const frames = [];
    const lines = stringSplit(stack, '\n');
    for (let i = 0; i < lines.length; i++) {
      if (stringSlice(lines[i], 0, 7) === '    at ') arrayPush(frames, `\n${lines[i]}`);
    }
    write('stderr', head + arrayJoin(frames, ''));
  },
  assert(condition, ...args) {
    if (condition) return;
    if (typeof args[0] === 'string') args[0] = `${ASSERTION_FAILED}: ${args[0]}`;
    else args = arrayPrepend(ASSERTION_FAILED, args);
    write('stderr', format(args));
  },
  count(label) {
    const name = labelOf(label);
    const count = (mapGet(counts, name) ?? 0) + 1;
    mapSet(counts, name, count);
    write('stdout', `${name}: ${count}`);
  },
  countReset(label) {
    const name = labelOf(label);
    if (!mapDelete(counts, name)) warnAbout(`Count for '${name}' does not exist`);
  },
  group(...args) {
    if (args.length > 0) write('stdout', format(args));
    indentation += '  ';
  },
  groupCollapsed: (...args) => apply(methods.group, undefined, args),
  groupEnd() {
    indentation = stringSlice(indentation, 2);
  },
  time(label) {
    const name = labelOf(label);
    if (mapHas(clocks, name)) warnAbout(`Label '${name}' already exists for console.time()`);
    else mapSet(clocks, name, hostNow());
  },
  timeLog(label, ...args) {
    const text = elapsed(labelOf(label), 'timeLog');
    if (text !== undefined) write('stdout', format(arrayPrepend(text, args)));
  },
  timeEnd(label) {
    const name = labelOf(label);
    const text = elapsed(name, 'timeEnd');
    if (text !== undefined) write('stdout', text);
    mapDelete(clocks, name);
  },
  clear() {},
  // For DevTools alone, as in Node.
  profile() {},
  profileEnd() {},
  timeStamp() {},
};

const ASSERTION_FAILED = 'Assertion failed';

/** What V8's console is told of a call. It would convert what a format names a second time: that runs code of the user's, which may throw. */
function toldBuiltin(name, args) {
  const at = name === 'assert' ? 1 : 0;
  if (args.length < at + 2 || typeof args[at] !== 'string' || !stringIncludes(args[at], '%')) return args;
  if (at === 0) return [lastFormatted];
  return args[0] ? [true] : [false, stringSlice(lastFormatted, ASSERTION_FAILED.length + 2)];
}

function arrayPrepend(first, rest) {
  const all = [first];
  for (let i = 0; i < rest.length; i++) arrayPush(all, rest[i]);
  return all;
}

function installConsole() {
  const console = {};
  const names = ownKeys(methods);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const method = methods[name];
    const builtin = builtinConsole?.[name];
    const value = {
      [name](...args) {
        apply(method, undefined, args);
        if (builtin !== undefined) apply(builtin, builtinConsole, toldBuiltin(name, args));
      },
    }[name];
    defineProperty(console, name, {__proto__: null, value, enumerable: true, writable: true, configurable: true});
  }
  defineProperty(console, toStringTag, {__proto__: null, value: 'console', configurable: true});
  defineGlobal('console', console, false);
}
