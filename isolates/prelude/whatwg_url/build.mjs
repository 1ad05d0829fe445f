// Makes parser.js and idna.js beside this file out of the npm packages whatwg-url and tr46, and what these depend on. Run it
// with `node isolates/prelude/whatwg_url/build.mjs`; it needs npm. The result is committed.
//
// Both are CommonJS modules. parser.js has the state machine of the URL standard; the classes around it are ours (url.js).
// idna.js, with Unicode's tables, is most of the size, and is wanted for names of hosts that are not plain ASCII.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const PACKAGES = ['whatwg-url@15.1.0', 'tr46@6.0.0'];
const BUNDLER = 'esbuild@0.25.12';
// `require` is the bundle's own parameter, by which url.js hands it what it needs: the user may have replaced the globals.
const GIVEN = [
  'idna', 'Array', 'Math', 'RangeError', 'Set', 'String', 'Symbol', 'TextDecoder', 'TextEncoder', 'Uint8Array', 'isNaN', 'parseInt',
];
// ASCII is only made lower case by UTS #46,
// unless a label of it is Punycode.
const PLAIN = `
exports.toASCII = (domain, options) =>
  /[^\\0-\\x7f]|xn--/i.test(domain) ? idna().toASCII(domain, options) : domain.toLowerCase();`;
const ENTRIES = {parser: "module.exports = require('whatwg-url/lib/url-state-machine.js');", idna: "module.exports = require('tr46');"};

const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'url-'));
try {
  writeFileSync(join(work, 'package.json'), '{}');
  writeFileSync(join(work, 'plain.js'), PLAIN);
  const run = (command, args) => execFileSync(command, args, {cwd: work, stdio: ['ignore', 'inherit', 'inherit']});
  run('npm', ['install', '--silent', '--no-save', BUNDLER, ...PACKAGES]);
  const options = ['--bundle', '--minify', '--format=cjs', '--platform=browser', '--legal-comments=none', '--charset=utf8'];
  const given = GIVEN.map((name) => `--define:${name}=require.${name}`);

  const folders = new Set();
  for (const [name, entry] of Object.entries(ENTRIES)) {
    writeFileSync(join(work, `${name}.js`), entry);
    const alias = name === 'parser' ? ['--alias:tr46=./plain.js'] : [];
    run(join(work, 'node_modules', '.bin', 'esbuild'), [`${name}.js`, ...options, ...given, ...alias, '--metafile=meta.json', `--outfile=out/${name}.js`]);
    for (const input of Object.keys(JSON.parse(readFileSync(join(work, 'meta.json'), 'utf8')).inputs)) {
      const found = input.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/);
      if (found) folders.add(found[0]);
    }
    const head = `// ${PACKAGES.join(', ')} and their dependencies from npm, bundled by build.mjs; licences in LICENSE beside this file.\n`;
    writeFileSync(join(here, `${name}.js`), head + readFileSync(join(work, 'out', `${name}.js`), 'utf8'));
  }
  const licences = [];
  for (const folder of [...folders].sort()) {
    const {name, version} = JSON.parse(readFileSync(join(work, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(work, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file`);
    licences.push(`${name} ${version}\n\n${readFileSync(join(work, folder, file), 'utf8').trim()}\n`);
  }
  const rule = `\n${'-'.repeat(80)}\n\n`;
  const about = 'parser.js and idna.js beside this file contain these packages of npm, each under its licence:\n';
  writeFileSync(join(here, 'LICENSE'), [about, ...licences].join(rule));
} finally {
  rmSync(work, {recursive: true, force: true});
}
