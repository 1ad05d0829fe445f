// What a file is: Stats and Dirent, and the constants.

const constants = freeze({
  __proto__: null,
  UV_DIRENT_UNKNOWN: 0, UV_DIRENT_FILE: 1, UV_DIRENT_DIR: 2, UV_DIRENT_LINK: 3, UV_DIRENT_FIFO: 4, UV_DIRENT_SOCKET: 5, UV_DIRENT_CHAR: 6, UV_DIRENT_BLOCK: 7,
  ...host.fileConstants(),
  UV_FS_COPYFILE_EXCL: 1, COPYFILE_EXCL: 1, UV_FS_COPYFILE_FICLONE: 2, COPYFILE_FICLONE: 2, UV_FS_COPYFILE_FICLONE_FORCE: 4, COPYFILE_FICLONE_FORCE: 4,
});

// The kind of a file as Dirent has it, by the bits of its mode that say it.
const KINDS = {__proto__: null, 0o100000: 1, 0o040000: 2, 0o120000: 3, 0o010000: 4, 0o140000: 5, 0o020000: 6, 0o060000: 7};
const QUESTIONS = ['isFile', 'isDirectory', 'isSymbolicLink', 'isFIFO', 'isSocket', 'isCharacterDevice', 'isBlockDevice'];

class Stats {}
class BigIntStats {}
const kindOfMode = (stats) => KINDS[Number(stats.mode) & 0o170000];

const kindKey = Symbol('type');
class Dirent {
  constructor(name, kind, parentPath) {
    this.name = name;
    this.parentPath = parentPath;
    this[kindKey] = kind;
  }
}

function defineQuestions(Class, kindOf) {
  for (let i = 0; i < QUESTIONS.length; i++) {
    const name = QUESTIONS[i];
    const value = {
      [name]() {
        return kindOf(this) === i + 1;
      },
    }[name];
    defineProperty(Class.prototype, name, {__proto__: null, value, writable: true, configurable: true});
  }
}
defineQuestions(Stats, kindOfMode);
defineQuestions(BigIntStats, kindOfMode);
defineQuestions(Dirent, (entry) => entry[kindKey]);

const NUMBERS = ['dev', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'blksize', 'ino', 'size', 'blocks'];
const TIMES = ['atime', 'mtime', 'ctime', 'birthtime'];

const millisecondsOf = (nanoseconds) => Number(nanoseconds / 1000000n) + Number(nanoseconds % 1000000n) / 1e6;

/** Of the numbers that the host tells, as texts, since those of some systems are large: times are in nanoseconds. */
function makeStats(told, isBig) {
  const stats = isBig ? new BigIntStats() : new Stats();
  const set = (name, value) => defineProperty(stats, name, {__proto__: null, value, writable: true, enumerable: true, configurable: true});
  const timeAt = (i) => BigInt(told[NUMBERS.length + i]);
  for (let i = 0; i < NUMBERS.length; i++) set(NUMBERS[i], isBig ? BigInt(told[i]) : Number(told[i]));
  for (let i = 0; i < TIMES.length; i++) set(`${TIMES[i]}Ms`, isBig ? timeAt(i) / 1000000n : millisecondsOf(timeAt(i)));
  for (let i = 0; isBig && i < TIMES.length; i++) set(`${TIMES[i]}Ns`, timeAt(i));
  for (let i = 0; i < TIMES.length; i++) set(TIMES[i], new Date(round(millisecondsOf(timeAt(i)))));
  return stats;
}

/** Of [name, kind, folder], one after the other. */
function makeDirents(told) {
  const list = [];
  for (let i = 0; i < told.length; i += 3) arrayPush(list, new Dirent(told[i], told[i + 1], told[i + 2]));
  return list;
}
