// Bundles the widgets: NAME.js of each entry here, with what it imports, becomes ../static/NAME.js and NAME.css. Run it with
// `node widgets/front/build.mjs [NAME ...]`; it needs npm. The results are committed.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const ENTRIES = ['dashboard', 'isolate_view', 'flamegraph', 'heap_diff', 'job_view'];
const PACKAGES = ['uplot@1.6.32', 'd3-flame-graph@5.0.0', 'd3-selection@3.0.0'];
const BUNDLER = 'esbuild@0.25.12';

const here = dirname(fileURLToPath(import.meta.url));
const results = join(here, '..', 'static');
const work = mkdtempSync(join(tmpdir(), 'widgets-'));
const run = (command, args) => execFileSync(command, args, {cwd: work, stdio: ['ignore', 'inherit', 'inherit']});

/// The first line of a bundle: which sources it was made of, and a hash of them. tests/widgets looks whether it is true.
function headOf(inputs) {
  const names = inputs.filter((path) => path.startsWith('front/')).map((path) => basename(path)).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(readFileSync(join(here, name)));
  return `${names.join(' ')} ${hash.digest('hex')}`;
}

function bundle(name) {
  const options = ['--bundle', '--minify', '--format=esm', '--legal-comments=none', '--charset=utf8', '--target=es2022'];
  run(join(work, 'node_modules', '.bin', 'esbuild'), [
    `front/${name}.js`, ...options, `--outfile=out/${name}.js`, '--metafile=out/meta.json',
  ]);
  const {inputs} = JSON.parse(readFileSync(join(work, 'out', 'meta.json'), 'utf8'));
  const head = headOf(Object.keys(inputs));
  writeFileSync(join(results, `${name}.js`), `// ${head}\n${readFileSync(join(work, 'out', `${name}.js`), 'utf8')}`);
  const style = join(work, 'out', `${name}.css`);
  writeFileSync(join(results, `${name}.css`), existsSync(style) ? readFileSync(style, 'utf8') : '');
  return Object.keys(inputs);
}

/// The licences of the packages that any bundle has.
function writeLicences() {
  const folders = new Set();
  for (const name of ENTRIES.filter((entry) => existsSync(join(here, `${entry}.js`)))) {
    for (const path of bundle(name)) {
      const folder = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
      if (folder) folders.add(folder);
    }
  }
  const licences = [...folders].sort().map((folder) => {
    const root = join(work, 'node_modules', folder);
    const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return `${folder} ${version}\n\n${readFileSync(join(root, 'LICENSE'), 'utf8').trim()}\n`;
  });
  const about = 'The scripts beside this file contain these packages of npm, each under its licence:\n';
  writeFileSync(join(results, 'LICENSE'), [about, ...licences].join(`\n${'-'.repeat(80)}\n\n`));
}

try {
  mkdirSync(results, {recursive: true});
  writeFileSync(join(work, 'package.json'), '{"type": "module"}');
  run('npm', ['install', '--silent', '--no-save', BUNDLER, ...PACKAGES]);
  cpSync(here, join(work, 'front'), {recursive: true});
  const names = process.argv.slice(2);
  for (const name of names) bundle(name);
  if (!names.length) writeLicences();
} finally {
  rmSync(work, {recursive: true, force: true});
}
