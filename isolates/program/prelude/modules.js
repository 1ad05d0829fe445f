// What a program's require() has beside Node's modules, and where it starts.
builtins['isolated-vm'] = () => (libraries.newest ??= hostLibrary('isolated-vm'));
builtins['isolated-vm@5'] = () => (libraries.fifth ??= hostLibrary('isolated-vm@5'));
const libraries = {__proto__: null};

function requireEsModule(filename, above) {
  throw codedError(Error, 'ERR_REQUIRE_ESM', `require() of ES modules is not supported: ${filename}. Programs are CommonJS (.js, .cjs and .json)`, above);
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
  load(mainModule, resolve(request, mainModule, runMain).filename, runMain);
}
