// The last file: installs the globals, and hands the host one function.

installConsole();
installJobs();
installTimers();
installTimerModules();
installClone();
installEvents();
installText();
installBase64();
installUrl();
installCrypto();
installProcess();

/** One turn of the loop. Returns how long it may wait, in milliseconds, if that keeps the program alive; or -1 minus that if
 * only what is unreferenced waits, and -Infinity if nothing does. */
function turn() {
  isAsleep = false;
  drain();
  runTimers();
  runImmediates();
  isAsleep = true;
  return patience();
}

return function dispatch(operation, request, source) {
  switch (operation) {
    case 'turn':
      return turn();
    case 'run':
      runOperation(runMain, undefined, [request, source ?? undefined]);
      return undefined;
    case 'idle': // nothing is pending; a handler may change that
      if (hasListeners('beforeExit')) runOperation(() => process.emit('beforeExit', exitCode()), undefined, []);
      return patience();
    case 'exit':
      return processMethods.exit();
  }
  throw new TypeError(`no operation ${String(operation)}`);
};
