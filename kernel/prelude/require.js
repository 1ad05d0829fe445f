// require(), in privileged isolates: the library that makes isolates, in both of its profiles.
function installRequire() {
  if (host.isolatedVm === undefined) return;
  const libraries = {__proto__: null, 'isolated-vm': host.isolatedVm, 'isolated-vm@5': host.isolatedVm5};
  const require = function require(name) {
    if (typeof name === 'string' && libraries[name] !== undefined) return libraries[name];
    const error = new Error(`Cannot find module '${String(name)}'. There are 'isolated-vm' and 'isolated-vm@5'`);
    defineProperty(error, 'code', {__proto__: null, value: 'MODULE_NOT_FOUND', enumerable: true, writable: true, configurable: true});
    throw error;
  };
  defineGlobal('require', require, false);
}
