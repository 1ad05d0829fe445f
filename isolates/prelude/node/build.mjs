// Makes node.js beside this file out of the npm packages assert, util, events, path and buffer (Node's modules for other hosts)
// and what they depend on. Run it with `node isolates/prelude/node/build.mjs`; it needs npm. The result is committed.
//
// It is a CommonJS module: {assert(), util(), events(), path(), buffer(), comparisons()}, each of which makes its module on first use.
// util's inspect and its kin are old copies of Node's: builtins.js puts those of the console in their place, before
// assert takes them.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const PACKAGES = ['assert@2.1.0', 'util@0.12.5', 'events@3.3.0', 'path-browserify@1.0.1', 'buffer@6.0.3'];
const BUNDLER = 'esbuild@0.25.12';
const ENTRY = `
module.exports = {
  assert: () => require('assert/build/assert.js'),
  comparisons: () => require('assert/build/internal/util/comparisons.js'),
  util: () => require('util/util.js'),
  events: () => require('events/events.js'),
  path: () => require('path-browserify'),
  buffer: () => require('buffer/'),
};`;

const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'vendor-'));
try {
  writeFileSync(join(work, 'package.json'), '{}');
  writeFileSync(join(work, 'entry.js'), ENTRY);
  const run = (command, args) => execFileSync(command, args, {cwd: work, stdio: ['ignore', 'inherit', 'inherit']});
  run('npm', ['install', '--silent', '--no-save', BUNDLER, ...PACKAGES]);
  const options = ['--bundle', '--minify', '--keep-names', '--format=cjs', '--platform=browser', '--legal-comments=none', '--charset=utf8'];
  // `require` is the bundle's own parameter, by which builtins.js hands it a process.
  const defines = ['--define:process.env.NODE_DEBUG=""', '--define:global=globalThis', '--define:process=require.process'];
  // Names are kept because assert tells those of its functions and classes.
  run(join(work, 'node_modules', '.bin', 'esbuild'), ['entry.js', ...options, ...defines, '--metafile=meta.json', '--outfile=out.js']);

  const inputs = Object.keys(JSON.parse(readFileSync(join(work, 'meta.json'), 'utf8')).inputs);
  const folders = new Set();
  for (const input of inputs) {
    const found = input.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/);
    if (found) folders.add(found[0]);
  }
  const licences = [];
  for (const folder of [...folders].sort()) {
    const {name, version} = JSON.parse(readFileSync(join(work, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(work, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file`);
    licences.push(`${name} ${version}\n\n${readFileSync(join(work, folder, file), 'utf8').trim()}\n`);
  }
  const rule = `\n${'-'.repeat(80)}\n\n`;
  const about = 'node.js beside this file contains these packages of npm, each under its licence:\n';
  writeFileSync(join(here, 'LICENSE'), [about, ...licences].join(rule));
  const head = `// ${PACKAGES.join(', ')} and their dependencies from npm, bundled by build.mjs; licences in LICENSE beside this file.\n`;
  writeFileSync(join(here, 'node.js'), head + readFileSync(join(work, 'out.js'), 'utf8'));
} finally {
  rmSync(work, {recursive: true, force: true});
}
