// require() in contexts that may read files, and what imports of CommonJS and built-in modules load.
const {resolve: hostResolve, read: hostRead, folder: startFolder, bundle: hostBundle} = host;
const {keys: objectKeys} = Object;

if (host.isolatedVm !== undefined) {
  builtins['isolated-vm'] = () => host.isolatedVm;
  builtins['isolated-vm@5'] = () => host.isolatedVm5;
}

const errorClasses = {__proto__: null, RangeError, SyntaxError, TypeError};

/** The namespace. What the module threw has come through the host, and is made anew. */
function requireEsModule(filename, above) {
  const found = own(host.requireModule(filename));
  if (found.namespace !== undefined) return found.namespace;
  const error = found.code === undefined ? new (errorClasses[found.name] ?? Error)(found.message) : hostError(found, above);
  if (found.stack) defineProperty(error, 'stack', {__proto__: null, value: found.stack, writable: true, configurable: true});
  throw error;
}

/** Modules whose files have changed are loaded again by the next require(). */
function forget(filenames) {
  for (let i = 0; i < filenames.length; i++) delete cache[filenames[i]];
}
operations.forget = forget;

operations.cached = (filenames) => {
  const found = [];
  for (let i = 0; i < filenames.length; i++) {
    if (cache[filenames[i]] !== undefined) arrayPush(found, filenames[i]);
  }
  return found;
};

/** [exports, the values of these names], for the module that an import sees (module_sources.py). */
operations.importCommonJs = (question) => {
  const filename = question[0];
  const module = cache[filename] ?? load(new Module(filename, undefined), filename, operations.importCommonJs);
  return picked(module.exports, question[1]);
};

operations.importBuiltin = (question) => picked(requireBuiltin(question[0]), question[1]);

operations.builtinNames = (name) => objectKeys(requireBuiltin(name));

function picked(exports, names) {
  const values = [exports];
  const isObject = (typeof exports === 'object' && exports !== null) || typeof exports === 'function';
  for (let i = 0; i < names.length; i++) {
    let value = undefined;
    try {
      if (isObject && hasOwn(exports, names[i])) value = exports[names[i]];
    } catch {
      // a getter that throws: undefined, as in Node
    }
    arrayPush(values, value);
  }
  return values;
}

function installRequire() {
  if (hostResolve === undefined) return;
  const cells = new Module('.', undefined);
  const requireFile = makeRequire(cells);
  const refreshed = (find) => (request) => {
    forget(host.refresh());
    return find(request);
  };
  const require = {require: refreshed(requireFile)}.require;
  require.resolve = refreshed(requireFile.resolve);
  require.main = undefined;
  require.cache = cache;
  defineGlobal('require', require, false);
  defineGlobal('global', globalThis, false);
}
