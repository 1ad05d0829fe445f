// require(): CommonJS modules out of files. Wants, of the files before: requireBuiltin; natives.compile; startFolder, where
// the first module lies; hostResolve(request, module's folder, module's filename) => {filename} or {builtin} or {code, name,
// message}; hostRead(filename) => {text, format} or {code, name, message}; requireEsModule(filename, above).

const stringLastIndexOf = uncurryThis(String.prototype.lastIndexOf);
const stringEndsWith = uncurryThis(String.prototype.endsWith);
const cache = {__proto__: null}; // require.cache: filename -> module
let mainModule = undefined;

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

/** What the host has said, without anything that a program has added to Object.prototype. */
const own = (said) => ({__proto__: null, ...said});

/** What the request means to the module: {filename} or {builtin}. */
function resolve(request, parent, above) {
  if (requireBuiltin(request) !== undefined) return {__proto__: null, builtin: request};
  const found = own(hostResolve(request, parent.path, parent.filename ?? ''));
  if (found.filename !== undefined || found.builtin !== undefined) return found;
  if (found.code !== 'MODULE_NOT_FOUND') throw hostError(found, above);
  const stack = [];
  for (let module = parent; module instanceof Module; module = module.parent) {
    if (module.filename !== null) arrayPush(stack, module.filename);
  }
  if (stack.length > 0) found.message += `\nRequire stack:\n- ${arrayJoin(stack, '\n- ')}`;
  const error = hostError(found, above);
  error.requireStack = stack;
  throw error;
}

const hostError = ({code, name, message}, above) => codedError({__proto__: null, TypeError, SyntaxError}[name] ?? Error, code, message, above);

function read(filename, above) {
  const found = own(hostRead(filename));
  if (found.text === undefined) throw hostError(found, above);
  return found;
}

class Module {
  constructor(id, parent) {
    this.id = id;
    this.path = id === '.' ? startFolder : dirname(id);
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
  const builtin = requireBuiltin(request);
  if (builtin !== undefined) return builtin;
  const {filename, builtin: name} = resolve(request, parent, above);
  if (filename === undefined) return requireBuiltin(name);
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
    run(module, filename, above);
    isLoaded = true;
  } finally {
    // Not `catch`: it would make V8 forget where the error was thrown.
    if (!isLoaded) delete cache[filename];
  }
  module.loaded = true;
  return module;
}

function parseJson(text, filename, above) {
  try {
    return jsonParse(text);
  } catch (error) {
    const named = new SyntaxError(`${filename}: ${error.message}`);
    captureStackTrace(named, above);
    throw named;
  }
}

function run(module, filename, above) {
  if (stringEndsWith(filename, '.node')) {
    throw codedError(Error, 'ERR_UNSUPPORTED_MODULE', `Native addons can't be loaded: ${filename}`, above);
  }
  const {text, format} = read(filename, above);
  if (format === 'json') module.exports = parseJson(text, filename, above);
  else if (format === 'module') module.exports = requireEsModule(filename, above);
  else evaluate(module, text, filename);
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
      const {filename, builtin} = resolve(request, module, resolver.resolve);
      return filename ?? builtin;
    },
  };
  require.resolve = resolver.resolve;
  require.main = mainModule;
  require.cache = cache;
  return require;
}
