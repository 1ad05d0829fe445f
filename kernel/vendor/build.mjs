// Makes parsers.js beside this file out of the npm packages acorn and cjs-module-lexer. Run it with
// `node kernel/vendor/build.mjs`; it needs npm. The result is committed.
//
// It is a script that defines `parsers`: {parse(source, options), tokenizer(source, options), lexExports(source)}.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const PACKAGES = ['acorn@8.15.0', 'cjs-module-lexer@2.3.0'];
const BUNDLER = 'esbuild@0.25.12';
const ENTRY = `
export {parse, tokenizer} from 'acorn';
import lexer from 'cjs-module-lexer/lexer.js';
export const lexExports = lexer.parse;
`;

const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'parsers-'));
try {
  writeFileSync(join(work, 'package.json'), '{}');
  const run = (command, args) => execFileSync(command, args, {cwd: work, stdio: ['ignore', 'inherit', 'inherit']});
  run('npm', ['install', '--silent', '--no-save', BUNDLER, ...PACKAGES]);
  // The lexer in JavaScript, and not as WebAssembly, which is the package's other entry.
  writeFileSync(join(work, 'entry.mjs'), ENTRY.replace('cjs-module-lexer/lexer.js', './node_modules/cjs-module-lexer/lexer.js'));
  const options = ['--bundle', '--minify', '--format=iife', '--global-name=parsers', '--platform=neutral', '--legal-comments=none', '--charset=utf8'];
  run(join(work, 'node_modules', '.bin', 'esbuild'), ['entry.mjs', ...options, '--main-fields=module,main', '--outfile=out.js']);

  const licences = PACKAGES.map((name) => {
    const [folder, version] = name.split('@');
    return `${folder} ${version}\n\n${readFileSync(join(work, 'node_modules', folder, 'LICENSE'), 'utf8').trim()}\n`;
  });
  const rule = `\n${'-'.repeat(80)}\n\n`;
  const about = 'parsers.js beside this file contains these packages of npm, each under its licence:\n';
  writeFileSync(join(here, 'LICENSE'), [about, ...licences].join(rule));
  const head = `// ${PACKAGES.join(', ')} from npm, bundled by build.mjs; licences in LICENSE beside this file.\n`;
  writeFileSync(join(here, 'parsers.js'), head + readFileSync(join(work, 'out.js'), 'utf8'));
} finally {
  rmSync(work, {recursive: true, force: true});
}
