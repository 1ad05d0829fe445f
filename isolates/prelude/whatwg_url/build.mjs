// Makes parser.js and idna.js beside this file out of the npm packages whatwg-url and tr46, and what these depend on. Run it
// with `node isolates/prelude/whatwg_url/build.mjs`; it needs npm. The result is committed.
//
// Both are CommonJS modules. parser.js has the state machine of the URL standard and entry.js; the classes around it are ours (url.js).
// idna.js, with Unicode's tables, is most of the size, and is wanted for names of hosts that are not plain ASCII.
//
// They use builtins as they find them, so url.js evaluates them in a realm of their own, where nobody can replace any. What
// they need from outside is in their parameter `require`: idna(), which gives what idna.js exports.
import {execFileSync} from 'node:child_process';
import {copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const PACKAGES = ['whatwg-url@15.1.0', 'tr46@6.0.0'];
const BUNDLER = 'esbuild@0.25.12';
// ASCII is only made lower case by UTS #46,
// unless a label of it is Punycode.
const PLAIN = `
exports.toASCII = (domain, options) =>
  /[^\\0-\\x7f]|xn--/i.test(domain) ? require.idna().toASCII(domain, options) : domain.toLowerCase();`;
// A realm of V8's own has no encoders. Names of hosts alone are decoded, and none may have an U+FFFD.
const TEXT = `
export class TextEncoder {
  encode(text) {
    const units = /[^\\0-\\x7f]/.test(text) ? unescape(encodeURIComponent(text.toWellFormed())) : text;
    const bytes = new Uint8Array(units.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = units.charCodeAt(i);
    return bytes;
  }
}
export class TextDecoder {
  decode(bytes) {
    let escaped = '';
    for (const byte of bytes) escaped += '%' + (byte < 16 ? '0' : '') + byte.toString(16);
    try {
      return decodeURIComponent(escaped);
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
      return '\\ufffd';
    }
  }
}`;

const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'url-'));
try {
  writeFileSync(join(work, 'package.json'), '{}');
  writeFileSync(join(work, 'plain.js'), PLAIN);
  writeFileSync(join(work, 'text.mjs'), TEXT);
  const run = (command, args) => execFileSync(command, args, {cwd: work, stdio: ['ignore', 'inherit', 'inherit']});
  run('npm', ['install', '--silent', '--no-save', BUNDLER, ...PACKAGES]);
  const options = ['--bundle', '--minify', '--format=cjs', '--platform=browser', '--legal-comments=none', '--charset=utf8'];

  const folders = new Set();
  const own = {parser: ['--alias:tr46=./plain.js', '--inject:./text.mjs'], idna: []};
  copyFileSync(join(here, 'entry.js'), join(work, 'parser.js'));
  writeFileSync(join(work, 'idna.js'), "module.exports = require('tr46');");
  for (const name of Object.keys(own)) {
    run(join(work, 'node_modules', '.bin', 'esbuild'), [`${name}.js`, ...options, ...own[name], '--metafile=meta.json', `--outfile=out/${name}.js`]);
    for (const input of Object.keys(JSON.parse(readFileSync(join(work, 'meta.json'), 'utf8')).inputs)) {
      const found = input.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/);
      if (found) folders.add(found[0]);
    }
    const head = `// ${PACKAGES.join(', ')} and their dependencies from npm, bundled by build.mjs; licences in LICENSE beside this file.\n'use strict';\n`;
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
