// What fs and fs.promises can do. Each function makes of the user's arguments what the host is asked, and of the answer what the user gets.

const ask = (call, finish, more) => ({__proto__: null, call: plain(call), finish, ...more});
const asIs = (answer) => answer;

/** Names of files: as the encoding has them, or as Buffers. */
function namesFinish(encoding) {
  if (encoding !== '') return asIs;
  return (answer) => {
    if (isBytes(answer)) return bufferFrom(answer);
    for (let i = 0; i < answer.length; i++) bufferFrom(answer[i]);
    return answer;
  };
}

function signalOf(value, above) {
  if (value === undefined) return undefined;
  if (!isObject(value) || typeof value.aborted !== 'boolean' || typeof value.addEventListener !== 'function') {
    throw argumentError('options.signal', 'an instance of AbortSignal', value, above);
  }
  return value;
}

function readFile(args, above) {
  const options = readOptions(args[1], ['encoding', 'flag', 'signal'], above);
  const encoding = encodingOf(options.encoding, above);
  const call = ['readFile', pathOf(args[0], 'path', above), flagsOf(options.flag, 'r', above), encoding];
  return ask(call, encoding === '' ? bufferFrom : asIs, {signal: signalOf(options.signal, above)});
}

const writer = (flag) => (args, above) => {
  const options = readOptions(args[2], ['encoding', 'mode', 'flag', 'signal', 'flush'], above);
  const encoding = encodingOf(options.encoding, above) || 'utf8';
  booleanOf(options.flush ?? undefined, 'flush', above);
  const path = pathOf(args[0], 'path', above);
  const call = ['writeFile', path, dataOf(args[1], above), encoding, flagsOf(options.flag, flag, above), modeOf(options.mode, 0o666, above)];
  return ask(call, undefined, {signal: signalOf(options.signal, above)});
};

const statter = (follows, mayBeMissing) => (args, above) => {
  const {bigint, throwIfNoEntry} = readOptions(args[1], ['bigint', 'throwIfNoEntry'], above);
  const finish = (told) => makeStats(told, !!bigint);
  return ask(['stat', pathOf(args[0], 'path', above), follows], finish, {missing: mayBeMissing && throwIfNoEntry === false});
};

function readdir(args, above) {
  const options = readOptions(args[1], ['encoding', 'withFileTypes', 'recursive'], above);
  const encoding = nameEncoding(options.encoding, above);
  const isRecursive = booleanOf(options.recursive ?? undefined, 'recursive', above);
  const operation = options.withFileTypes ? 'readdirKinds' : 'readdir';
  const finish = options.withFileTypes ? makeDirents : namesFinish(encoding);
  return ask([operation, pathOf(args[0], 'path', above), encoding, isRecursive], finish);
}

function mkdir(args, above) {
  const given = args[1];
  const isMode = typeof given === 'number' || typeof given === 'string';
  const options = isMode ? {__proto__: null, mode: given} : readOptions(given, ['recursive', 'mode'], above);
  const isRecursive = booleanOf(options.recursive, 'recursive', above);
  return ask(['mkdir', pathOf(args[0], 'path', above), isRecursive, modeOf(options.mode, 0o777, above)], (first) => first ?? undefined);
}

function rm(args, above) {
  const options = readOptions(args[1], ['recursive', 'force', 'maxRetries', 'retryDelay'], above);
  const isRecursive = booleanOf(options.recursive, 'recursive', above);
  return ask(['rm', pathOf(args[0], 'path', above), isRecursive, booleanOf(options.force, 'force', above)]);
}

function rmdir(args, above) {
  const {recursive} = readOptions(args[1], ['recursive', 'maxRetries', 'retryDelay'], above);
  const path = pathOf(args[0], 'path', above);
  return booleanOf(recursive, 'recursive', above) ? ask(['rm', path, true, false]) : ask(['rmdir', path]);
}

const unlink = (args, above) => ask(['unlink', pathOf(args[0], 'path', above)]);
const rename = (args, above) => ask(['rename', pathOf(args[0], 'oldPath', above), pathOf(args[1], 'newPath', above)]);

function copyFile(args, above) {
  const mode = integerOf(args[2] ?? 0, 'mode', above, 7);
  return ask(['copyFile', pathOf(args[0], 'src', above), pathOf(args[1], 'dest', above), mode]);
}

function access(args, above) {
  return ask(['access', pathOf(args[0], 'path', above), integerOf(args[1] ?? 0, 'mode', above, 7)]);
}

/** A function of a path whose answer is a name. */
const named = (operation, what, isNative) => (args, above) => {
  const {encoding: given} = readOptions(args[1], ['encoding'], above);
  const encoding = nameEncoding(given, above);
  const call = plain([operation, pathOf(args[0], what, above), encoding]);
  if (isNative !== undefined) call[3] = isNative;
  return ask(call, namesFinish(encoding));
};
const realpath = (isNative) => named('realpath', 'path', isNative);
const mkdtemp = named('mkdtemp', 'prefix');
const readlink = named('readlink', 'path');

const symlink = (args, above) => ask(['symlink', pathOf(args[0], 'target', above), pathOf(args[1], 'path', above)]);
const link = (args, above) => ask(['link', pathOf(args[0], 'existingPath', above), pathOf(args[1], 'newPath', above)]);

function chmod(args, above) {
  const mode = modeOf(args[1], undefined, above);
  if (mode === undefined) throw argumentError('mode', 'of type number', args[1], above);
  return ask(['chmod', pathOf(args[0], 'path', above), mode]);
}

function truncate(args, above) {
  return ask(['truncate', pathOf(args[0], 'path', above), integerOf(args[1] ?? 0, 'len', above, 9007199254740991)]);
}

function secondsOf(value, above) {
  if (isDate(value)) return dateTime(value) / 1000;
  const seconds = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof seconds !== 'number' || !(seconds > -1e11 && seconds < 1e11)) {
    throw argumentError('time', 'an instance of Date or an Time in seconds', value, above);
  }
  return seconds;
}

const utimes = (args, above) => ask(['utimes', pathOf(args[0], 'path', above), secondsOf(args[1], above), secondsOf(args[2], above)]);

// How many arguments stand before the callback, and what is made of them.
const TABLE = {
  __proto__: null,
  access: [1, access], appendFile: [2, writer('a')], chmod: [2, chmod], copyFile: [2, copyFile], link: [2, link], lstat: [1, statter(false, false)],
  mkdir: [1, mkdir], mkdtemp: [1, mkdtemp], readFile: [1, readFile], readdir: [1, readdir], readlink: [1, readlink], rename: [2, rename], rm: [1, rm],
  rmdir: [1, rmdir], stat: [1, statter(true, false)], symlink: [2, symlink], truncate: [1, truncate], unlink: [1, unlink], utimes: [3, utimes],
  writeFile: [2, writer('w')],
};
const NOT_HERE = [
  'open', 'opendir', 'close', 'read', 'readv', 'write', 'writev', 'fstat', 'fsync', 'fdatasync', 'ftruncate', 'fchmod', 'fchown', 'futimes', 'chown', 'lchown',
  'lutimes', 'cp', 'statfs',
];
const NOT_HERE_ONCE = ['createReadStream', 'createWriteStream', 'watch', 'watchFile', 'unwatchFile', 'openAsBlob'];

function defineMissing(target, name) {
  const missing = {
    [name]() {
      const instead = 'Files are read and written as a whole here (readFileSync, writeFileSync, appendFileSync, fs.promises)';
      throw codedError(Error, 'ERR_METHOD_NOT_IMPLEMENTED', `The ${name} method is not implemented. ${instead}`, missing);
    },
  }[name];
  addMethod(target, name, missing);
}

const fs = {};
const promises = {};

function existsSync(path) {
  try {
    return host.file(currentCell(), 'exists', pathOf(path, 'path', existsSync)) === true;
  } catch {
    return false;
  }
}

/** What util.promisify() makes of exists(), whose callback gets no error. */
function exists(path, callback) {
  if (typeof callback !== 'function') throw argumentError('cb', 'of type function', callback, exists);
  let given;
  try {
    given = pathOf(path, 'path', exists);
  } catch {
    given = '';
  }
  finishLater(ask(['exists', given]), (answer) => callback(answer === true), callback);
}

function defineFunctions() {
  const names = ownKeys(TABLE);
  for (let i = 0; i < names.length; i++) {
    const {0: least, 1: prepare} = TABLE[names[i]];
    defineWithCallback(fs, names[i], least, prepare);
    definePromised(promises, names[i], prepare);
    defineSync(fs, `${names[i]}Sync`, prepare);
  }
  defineSync(fs, 'statSync', statter(true, true));
  defineSync(fs, 'lstatSync', statter(false, true));
  defineSync(fs, 'realpathSync', realpath(false)).native = defineSync({__proto__: null}, 'realpathSync', realpath(true));
  defineWithCallback(fs, 'realpath', 1, realpath(false)).native = defineWithCallback({__proto__: null}, 'realpath', 1, realpath(true));
  definePromised(promises, 'realpath', realpath(true));
  addMethod(fs, 'existsSync', existsSync);
  addMethod(fs, 'exists', exists);
  for (let i = 0; i < NOT_HERE.length; i++) {
    defineMissing(fs, NOT_HERE[i]);
    defineMissing(fs, `${NOT_HERE[i]}Sync`);
  }
  for (let i = 0; i < NOT_HERE_ONCE.length; i++) defineMissing(fs, NOT_HERE_ONCE[i]);
  const missing = ['open', 'opendir', 'cp', 'watch', 'statfs', 'chown', 'lchown', 'lutimes'];
  for (let i = 0; i < missing.length; i++) defineMissing(promises, missing[i]);
}
defineFunctions();

const values = {
  __proto__: null, Stats, Dirent, F_OK: constants.F_OK, R_OK: constants.R_OK, W_OK: constants.W_OK, X_OK: constants.X_OK, constants, promises,
};
const valueNames = ownKeys(values);
for (let i = 0; i < valueNames.length; i++) addMethod(fs, valueNames[i], values[valueNames[i]]);
addMethod(promises, 'constants', constants);
defineProperty(exists, promisifyCustom, {
  __proto__: null,
  value: (path) => new Promise((resolve) => exists(path, resolve)),
  configurable: true,
});
exports.fs = fs;
exports.constants = {...constants};
exports.promises = promises;
