// The last file: installs the globals, and hands the host one function (with two more in it).
installConsole();
installTimers();
installTimerModules();
installClone();
installEvents();
installText();
installBase64();
installUrl();
installCrypto();
installProcess();
installFetch();
installDisplay();
installStdin();
installComms();
installRequire();
installIntrospection();

function dispatch(name, argument) {
  if (operations[name] === undefined) throw new TypeError(`no operation ${String(name)}`);
  return operations[name](argument);
}
// For the engine, which calls them itself (engine/supervision.h).
dispatch.explain = explain;
dispatch.show = describe;
return dispatch;
