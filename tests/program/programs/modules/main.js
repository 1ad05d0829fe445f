#!/usr/bin/env node
'use strict';
const assert = require('assert');
assert.strictEqual(require.main, module);
assert.strictEqual(module.id, '.');
assert.strictEqual(module.filename, __filename);
assert.strictEqual(module.loaded, false);
assert.strictEqual(this, module.exports);
assert.strictEqual(exports, module.exports);
assert.ok(__filename.endsWith('/modules/main.js') && __filename === `${__dirname}/main.js`);
assert.strictEqual(arguments.length, 5);

// Found by name, with an extension, in a folder, by package.json.
const part = require('./part');
assert.strictEqual(require('./part.js'), part);
assert.strictEqual(require('../modules/part'), part);
assert.strictEqual(require(`${__dirname}/part`), part);
assert.strictEqual(part.runs(), 1);
assert.strictEqual(part.parent, module);
assert.deepStrictEqual(require('./data.json'), {answer: 42, list: [1, 'two']});
assert.strictEqual(require('./data').answer, 42);
assert.strictEqual(require('./folder'), 'index of folder');
assert.strictEqual(require('./folder/'), 'index of folder');
assert.strictEqual(require('./packed'), 'main of packed');
assert.strictEqual(require('.').id, 'index');

// Cycles see what is there so far.
const a = require('./cycle_a');
assert.deepStrictEqual([a.name, a.seen, a.done], ['a', {name: 'b', seen: 'a', done: undefined}, true]);

// The cache: known modules, forgetting one, replacing one.
assert.strictEqual(require.resolve('./part'), `${__dirname}/part.js`);
assert.strictEqual(require.cache[require.resolve('./part')].exports, part);
assert.ok(require.cache[require.resolve('./part')].loaded);
delete require.cache[require.resolve('./part')];
assert.notStrictEqual(require('./part'), part);
require.cache[require.resolve('./data.json')].exports = 'replaced';
assert.strictEqual(require('./data'), 'replaced');
assert.ok(module.children.some((child) => child.filename.endsWith('cycle_a.js')));
assert.strictEqual(module.require('./part'), require('./part'));

// A module that throws is not kept.
assert.throws(() => require('./throws'), /on purpose 1/);
assert.throws(() => require('./throws'), /on purpose 2/);

const failure = (request) => {
  try {
    require(request);
  } catch (error) {
    return error;
  }
  return undefined;
};
const missing = failure('./nowhere');
assert.strictEqual(missing.code, 'MODULE_NOT_FOUND');
assert.deepStrictEqual(missing.requireStack, [__filename]);
assert.strictEqual(missing.message, `Cannot find module './nowhere'\nRequire stack:\n- ${__filename}`);
assert.throws(() => require.resolve('./nowhere'), {code: 'MODULE_NOT_FOUND'});
const fs = failure('fs');
assert.strictEqual(fs.code, 'MODULE_NOT_FOUND');
assert.match(fs.message, /^Cannot find module 'fs'.* assert, assert\/strict, buffer, crypto, events, path, path\/posix, perf_hooks, process, timers, timers\/promises, url, util, isolated-vm and isolated-vm@5/);
assert.strictEqual(failure('node:fs').code, 'ERR_UNKNOWN_BUILTIN_MODULE');
const json = failure('./bad.json');
assert.ok(json instanceof SyntaxError && json.message.startsWith(`${__dirname}/bad.json: `), json.message);
assert.strictEqual(failure('').code, 'ERR_INVALID_ARG_VALUE');
assert.strictEqual(failure(5).code, 'ERR_INVALID_ARG_TYPE');
assert.strictEqual(failure('./module.mjs').code, 'ERR_REQUIRE_ESM');
console.log('pass');
