// Asks Node itself what the specifiers of cases.json mean in the files of tree.json, and writes answers.json:
// [folder, specifier, what import means, what require means], paths or codes of errors.
// node --experimental-import-meta-resolve tests/isolates/packages/ask_node.mjs
import {createRequire} from 'node:module';
import {mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const {files, links} = JSON.parse(readFileSync(join(here, 'tree.json'), 'utf8'));
const cases = JSON.parse(readFileSync(join(here, 'cases.json'), 'utf8'));
const root = realpathSync(mkdtempSync(join(tmpdir(), 'packages-')));
for (const [name, content] of Object.entries(files)) {
  mkdirSync(dirname(join(root, name)), {recursive: true});
  writeFileSync(join(root, name), typeof content === 'string' ? content : JSON.stringify(content));
}
for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name));

const LOOKED_FOR_LATER = ['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT', 'ERR_INVALID_MODULE_SPECIFIER'];

async function imported(specifier, at) {
  try {
    const url = new URL(import.meta.resolve(specifier, pathToFileURL(at).href));
    if (url.protocol !== 'file:') return url.href;
    try {
      writeFileSync(at, 'export const load = (specifier) => import(specifier)');
      await (await import(pathToFileURL(at).href)).load(specifier);
    } catch (error) {
      if (LOOKED_FOR_LATER.includes(error.code)) throw error; // resolve() has not looked
    }
    return realpathSync(fileURLToPath(url)).replace(root, '') + url.search + url.hash;
  } catch (error) {
    return error.code ?? error.name;
  }
}

function required(specifier, at) {
  try {
    return createRequire(at).resolve(specifier).replace(root, '');
  } catch (error) {
    return error.code ?? error.name;
  }
}

const answers = [];
for (const [folders, specifiers] of cases) {
  for (const folder of folders) {
    for (const specifier of specifiers) {
      const at = join(root, folder, '__importer.mjs');
      answers.push([folder, specifier, await imported(specifier, at), required(specifier, at)]);
    }
  }
}
writeFileSync(join(here, 'answers.json'), `[\n${answers.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
rmSync(root, {recursive: true});
