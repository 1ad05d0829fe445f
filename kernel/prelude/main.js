// The last file: installs the globals, and hands the host one function.
installConsole();
installTimers();
installClone();
installText();
installBase64();
installCrypto();
installProcess();
installRequire();
installIntrospection();
operations.describe = describe;

return function dispatch(name, argument) {
  if (operations[name] === undefined) throw new TypeError(`no operation ${String(name)}`);
  return operations[name](argument);
};
