// Makes inspect.js beside this file out of the npm package node-inspect-extracted (Node's util.inspect for other hosts).
// Run it with `node isolates/prelude/vendor/build.mjs`; it needs npm. The result is committed.
//
// Two of its webpack modules are replaced, because they look at values by `constructor.name`, `instanceof` and property
// reads: that runs getters of the user and believes what the user overwrote. types.js has the replacements, and one for
// stacks, which in V8 alone lack messages that a getter gives. What needs the class URL goes, since V8 alone has none.
import {execFileSync} from 'node:child_process';
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';

const PACKAGE = 'node-inspect-extracted@3.3.3';
const PARSER = 'acorn@8.15.0';
const REPLACED = new Map([
  ['499', 'inspectTypes'], // internal/util/types
  ['727', 'inspectBinding'], // internalBinding('util')
  ['812', '{}'], // internal/url
  ['878', 'undefined'], // the global URL, which V8 alone does not have
  ['179', 'undefined'], // a Proxy class that remembers its targets
]);
const STACK = /(?<=try\{\w+=)(\w+)\.stack(?=\}catch\{\})/g;
const URL_CHECK = /"string"==typeof \w+\.href&&\w+ instanceof \w+\.URL/g;

const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'inspect-'));
try {
  writeFileSync(join(work, 'package.json'), '{}');
  execFileSync('npm', ['install', '--silent', '--no-save', PACKAGE, PARSER], {cwd: work, stdio: 'inherit'});
  const acorn = createRequire(join(work, 'package.json'))('acorn');
  const folder = join(work, 'node_modules', 'node-inspect-extracted');
  const source = readFileSync(join(folder, 'dist', 'inspect.js'), 'utf8');

  const found = [];
  const visit = (node) => {
    if (node?.type === 'Property' && REPLACED.has(String(node.key.value)) && node.value.type === 'FunctionExpression') {
      found.push(node);
    }
    for (const child of Object.values(node ?? {})) {
      if (child !== null && typeof child === 'object') visit(child);
    }
  };
  visit(acorn.parse(source, {ecmaVersion: 'latest'}));
  if (found.length !== REPLACED.size) throw new Error(`${found.length} modules found, not ${REPLACED.size}`);

  let result = source;
  for (const node of found.sort((a, b) => b.start - a.start)) {
    const name = String(node.key.value);
    result = `${result.slice(0, node.start)}${name}(t){t.exports=${REPLACED.get(name)}}${result.slice(node.end)}`;
  }
  if (result.match(URL_CHECK)?.length !== 1) throw new Error('the check for a URL is not where it was');
  result = result.replace(URL_CHECK, 'false');
  if (result.match(STACK)?.length !== 1) throw new Error('the stack of an error is not read where it was');
  result = result.replace(STACK, 'inspectStack($1)');
  const head = `// ${PACKAGE} from npm, MIT licence (LICENSE beside this file), changed as build.mjs says.\n`;
  writeFileSync(join(here, 'inspect.js'), `${head}${result.trimEnd()}\n`);
  cpSync(join(folder, 'LICENSE'), join(here, 'LICENSE'));
} finally {
  rmSync(work, {recursive: true, force: true});
}
