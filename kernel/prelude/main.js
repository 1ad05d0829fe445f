// The last file: installs the globals, and hands the host one function.
installConsole();
installTimers();
installClone();
installRequire();

return function dispatch(operation, argument) {
  switch (operation) {
    case 'enter': // the code that comes next belongs to this cell
      currentCell = argument;
      return undefined;
    case 'describe':
      return describe(argument);
    case 'fire':
      return fireTimers();
    case 'stop': // the cell was interrupted
      return stopTimersOf(argument);
  }
  throw new TypeError(`no operation ${String(operation)}`);
};
