// require(): modules of ours by name, files by the host's resolver.

const jsonParse = JSON.parse;
const stringLastIndexOf = uncurryThis(String.prototype.lastIndexOf);
const stringEndsWith = uncurryThis(String.prototype.endsWith);
const cache = {__proto__: null}; // require.cache: filename -> module
const OF_NODE = ` assert assert/strict async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel
 dns dns/promises domain events fs fs/promises http http2 https inspector module net os path path/posix path/win32 perf_hooks
 process punycode querystring readline readline/promises repl stream stream/promises string_decoder sys test timers
 timers/promises tls trace_events tty url util util/types v8 vm wasi worker_threads zlib `;
let mainModule = undefined;

const libraryNames = {__proto__: null, 'isolated-vm': 'isolated-vm', 'isolated-vm@5': 'isolated-vm@5'};
const libraries = {__proto__: null};

/** The vendored util with what newer Nodes have and our console's own inspect. */
let util = undefined;
function makeUtil() {
  if (util !== undefined) return util;
  const made = vendored().util();
  const {format, stripVTControlCharacters} = inspector;
  const promisifyPlain = made.promisify;
  const promisify = (original) => {
    const custom = original?.[promisifyCustom];
    return typeof custom === 'function' ? custom : promisifyPlain(original);
  };
  promisify.custom = promisifyCustom;
  const additions = {
    inspect, format, formatWithOptions, promisify, stripVTControlCharacters, TextEncoder, TextDecoder,
    isDeepStrictEqual: (left, right) => vendored().comparisons().isDeepStrictEqual(left, right),
    toUSVString: (text) => String.prototype.toWellFormed.call(`${text}`),
  };
  const names = ownKeys(additions);
  for (let i = 0; i < names.length; i++) {
    if (additions[names[i]] !== undefined) made[names[i]] = additions[names[i]];
  }
  util = made;
  return made;
}

function makeAssert() {
  makeUtil(); // first: assert takes inspect from it
  return vendored().assert();
}

const builtins = {
  __proto__: null,
  assert: makeAssert,
  'assert/strict': () => makeAssert().strict,
  events: () => vendored().events(),
  util: makeUtil,
};

/** The exports of a module of ours, or undefined. */
function requireBuiltin(request, above) {
  const hasScheme = stringStartsWith(request, 'node:');
  const name = hasScheme ? stringSlice(request, 5) : request;
  if (builtins[name] !== undefined) return builtins[name]();
  if (hasScheme) {
    throw codedError(Error, 'ERR_UNKNOWN_BUILTIN_MODULE', `No such built-in module: ${request}. ${available()}`, above);
  }
  if (libraryNames[name] === undefined) return undefined;
  libraries[name] ??= hostLibrary(libraryNames[name]);
  return libraries[name];
}

const available = () => `Here are ${arrayJoin(ownKeys(builtins), ', ')}, isolated-vm and isolated-vm@5; this is not Node`;

const isBuiltin = (request) =>
  builtins[stringStartsWith(request, 'node:') ? stringSlice(request, 5) : request] !== undefined || libraryNames[request] !== undefined;

function dirname(filename) {
  const at = stringLastIndexOf(filename, '/');
  return at > 0 ? stringSlice(filename, 0, at) : '/';
}

function checkRequest(request, above) {
  if (typeof request !== 'string') throw argumentError('id', 'of type string', request, above);
  if (request === '') {
    throw codedError(TypeError, 'ERR_INVALID_ARG_VALUE', "The argument 'id' must be a non-empty string. Received ''", above);
  }
}

function resolve(request, parent, above) {
  const found = hostResolve(request, parent.path);
  if (found.filename !== undefined) return found.filename;
  const stack = [];
  for (let module = parent; module instanceof Module; module = module.parent) {
    if (module.filename !== null) arrayPush(stack, module.filename);
  }
  let message = found.message;
  if (found.code === 'MODULE_NOT_FOUND') {
    if (stringIncludes(OF_NODE, ` ${request} `)) message += `. ${available()}`;
    if (stack.length > 0) message += `\nRequire stack:\n- ${arrayJoin(stack, '\n- ')}`;
  }
  const error = codedError(Error, found.code, message, above);
  if (found.code === 'MODULE_NOT_FOUND') error.requireStack = stack;
  throw error;
}

function readText(filename, above) {
  const {text, code, message} = hostRead(filename);
  if (text === undefined) throw codedError(Error, code, message, above);
  return text;
}

class Module {
  constructor(id, parent) {
    this.id = id;
    this.path = id === '.' ? config.cwd : dirname(id);
    this.exports = {};
    defineProperty(this, 'parent', {__proto__: null, value: parent ?? null, writable: true, configurable: true});
    this.filename = null;
    this.loaded = false;
    this.children = [];
    this.paths = [];
    if (parent !== undefined) arrayPush(parent.children, this);
  }

  require(request) {
    return requireFrom(this, request, Module.prototype.require);
  }
}

function requireFrom(parent, request, above) {
  checkRequest(request, above);
  const builtin = requireBuiltin(request, above);
  if (builtin !== undefined) return builtin;
  const filename = resolve(request, parent, above);
  const known = cache[filename];
  if (known !== undefined) {
    if (!hasItem(parent.children, known)) arrayPush(parent.children, known);
    return known.exports;
  }
  return load(new Module(filename, parent), filename, above).exports;
}

function hasItem(list, item) {
  for (let i = 0; i < list.length; i++) {
    if (list[i] === item) return true;
  }
  return false;
}

function load(module, filename, above) {
  module.filename = filename;
  module.path = dirname(filename);
  cache[filename] = module;
  let isLoaded = false;
  try {
    if (stringEndsWith(filename, '.json')) module.exports = parseJson(filename, above);
    else run(module, filename, above);
    isLoaded = true;
  } finally {
    // Not `catch`: it would make V8 forget where the error was thrown.
    if (!isLoaded) delete cache[filename];
  }
  module.loaded = true;
  return module;
}

function parseJson(filename, above) {
  const text = readText(filename, above);
  try {
    return jsonParse(text);
  } catch (error) {
    const named = new SyntaxError(`${filename}: ${error.message}`);
    captureStackTrace(named, above);
    throw named;
  }
}

function run(module, filename, above) {
  if (stringEndsWith(filename, '.node') || stringEndsWith(filename, '.mjs')) {
    const what = stringEndsWith(filename, '.node') ? 'Native addons' : 'ES modules';
    throw codedError(Error, 'ERR_UNSUPPORTED_MODULE', `${what} can't be loaded: ${filename}. Programs are CommonJS (.js and .json)`, above);
  }
  evaluate(module, readText(filename, above), filename);
}

function evaluate(module, source, filename) {
  const compiled = natives.compile(source, filename);
  apply(compiled, module.exports, [module.exports, makeRequire(module), module, filename, module.path]);
}

function makeRequire(module) {
  function require(request) {
    return requireFrom(module, request, require);
  }
  const resolver = {
    resolve(request) {
      checkRequest(request, resolver.resolve);
      return isBuiltin(request) ? request : resolve(request, module, resolver.resolve);
    },
  };
  require.resolve = resolver.resolve;
  require.main = mainModule;
  require.cache = cache;
  return require;
}

/** The program's own file, or the text of --eval. */
function runMain(request, source) {
  mainModule = new Module('.', undefined);
  if (source !== undefined) {
    mainModule.filename = `${config.cwd}/[eval]`;
    mainModule.path = config.cwd;
    evaluate(mainModule, source, '[eval]');
    return;
  }
  load(mainModule, resolve(request, mainModule, runMain), runMain);
}
