// What the kernel asks its parsers (vendor/parsers.js, tools.py). Texts in, JSON out.

/** The text with everything but line breaks blanked. Columns stay. */
const blank = (text) => text.replace(/[^\n\r\u2028\u2029\t]/g, ' ');

const OPTIONS = {ecmaVersion: 'latest', sourceType: 'script', allowImportExportEverywhere: true, allowAwaitOutsideFunction: true, locations: true};

/** A cell taken apart: `module` has its import declarations alone, at their places, and exports the `names` that they declare, at `places`;
 * `rest` is the cell without them. An `export` declaration is told by its place alone. */
function splitCell(source) {
  const {body} = parsers.parse(source, OPTIONS);
  const exported = body.find(({type}) => type.startsWith('Export'));
  if (exported !== undefined) return {export: exported.loc.start};
  const imports = body.filter(({type}) => type === 'ImportDeclaration');
  let module = '';
  let rest = '';
  let at = 0;
  for (const {start, end} of imports) {
    const between = source.slice(at, start);
    const declaration = source.slice(start, end);
    module += blank(between) + declaration;
    rest += between + blank(declaration);
    at = end;
  }
  rest += source.slice(at);
  const locals = imports.flatMap(({specifiers}) => specifiers.map(({local}) => local));
  const names = locals.map(({name}) => name);
  const places = Object.fromEntries(locals.map(({name, loc}) => [name, loc.start]));
  return {count: imports.length, names, places, rest, module: `${module}\n;export {${names.join(', ')}};`};
}

/** Whether the text is one expression, and that an object literal. */
function isObject(source) {
  const {body: [first, ...others]} = parsers.parse(source, OPTIONS);
  return {value: others.length === 0 && first?.expression?.type === 'ObjectExpression'};
}

/** The names that a CommonJS module exports, and the modules whose names it passes on; or that it is no CommonJS. */
function lexExports(source) {
  try {
    return parsers.lexExports(source);
  } catch (error) {
    return {exports: [], reexports: [], isModule: error.code === 'ERR_LEXER_ESM_SYNTAX'};
  }
}

/** A cell for a snapshot. What `let`, `const` and `class` declare in a script can never be declared anew, so they are variables. */
function snapshotScript({source}) {
  const {body} = parsers.parse(source, OPTIONS);
  let script = '';
  let at = 0;
  for (const {type, kind, id, start, end} of body) {
    script += source.slice(at, start);
    at = start;
    if (type === 'VariableDeclaration' && (kind === 'let' || kind === 'const')) {
      script += 'var'.padEnd(kind.length);
      at += kind.length;
    } else if (type === 'ClassDeclaration') {
      script += `var ${id.name}=${source.slice(start, end)};`;
      at = end;
    }
  }
  return {script: script + source.slice(at)};
}

const ofJson = (tool) => (text) => tool(JSON.parse(text));
const tools = {
  isObject,
  splitCell,
  lexExports,
  snapshotScript: ofJson(snapshotScript),
  loopBody,
  traced,
  completeAt: ofJson(completeAt),
  inspectAt: ofJson(inspectAt),
  signatureOf: ofJson(signatureOf),
};
(name, text) => JSON.stringify(tools[name](text));
