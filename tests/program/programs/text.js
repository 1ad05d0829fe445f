'use strict';
const assert = require('assert');
const util = require('node:util');
const encoder = new TextEncoder();
assert.strictEqual(encoder.encoding, 'utf-8');
const texts = ['', 'plain', 'h\u00e9llo', '\u20ac', '\u{1f600}x', 'a\0b', '\uffff', '\u07ff\u0800', 'x'.repeat(10000) + '\u00e9'];
for (const text of texts) {
  const bytes = encoder.encode(text);
  assert.ok(bytes instanceof Uint8Array);
  assert.strictEqual(new TextDecoder().decode(bytes), text);
  assert.strictEqual(decodeURIComponent([...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')), text);
}
assert.deepStrictEqual([...encoder.encode('\ud800x\udc00')], [0xef, 0xbf, 0xbd, 0x78, 0xef, 0xbf, 0xbd]);
const target = new Uint8Array(4);
assert.deepStrictEqual({...encoder.encodeInto('a\u20acb', target)}, {read: 2, written: 4});
assert.deepStrictEqual({...encoder.encodeInto('\u{1f600}\u20ac', target)}, {read: 2, written: 4});
assert.deepStrictEqual({...encoder.encodeInto('abc\u20ac', target)}, {read: 3, written: 3});
assert.throws(() => encoder.encodeInto('a', []), TypeError);

const decode = (bytes, label, options) => new TextDecoder(label, options).decode(new Uint8Array(bytes));
// Of the Encoding standard: how much of a broken character one U+FFFD stands for.
assert.strictEqual(decode([0xff, 0x41]), '\ufffdA');
assert.strictEqual(decode([0xe2, 0x82, 0x41]), '\ufffdA');
assert.strictEqual(decode([0xf0, 0x9f, 0x98]), '\ufffd');
assert.strictEqual(decode([0xed, 0xa0, 0x80]), '\ufffd\ufffd\ufffd');
assert.strictEqual(decode([0xc0, 0x80]), '\ufffd\ufffd');
assert.strictEqual(decode([0xf4, 0x90, 0x80, 0x80]), '\ufffd'.repeat(4));
assert.throws(() => decode([0xff], 'utf8', {fatal: true}), {name: 'TypeError', code: 'ERR_ENCODING_INVALID_ENCODED_DATA'});
assert.throws(() => decode([0xe2, 0x82], 'utf8', {fatal: true}), TypeError);
assert.strictEqual(decode([0xef, 0xbb, 0xbf, 0x41]), 'A');
assert.strictEqual(decode([0xef, 0xbb, 0xbf, 0x41], 'utf-8', {ignoreBOM: true}), '\ufeffA');

const stream = new TextDecoder();
let text = '';
for (const byte of encoder.encode('\ufeff\u{1f600}\u20ac\ufeff')) text += stream.decode(new Uint8Array([byte]), {stream: true});
text += stream.decode();
assert.strictEqual(text, '\u{1f600}\u20ac\ufeff');
assert.strictEqual(stream.decode(new Uint8Array([0xef, 0xbb, 0xbf])), '');

assert.strictEqual(decode([0x41, 0, 0xac, 0x20], 'utf-16le'), 'A\u20ac');
assert.strictEqual(decode([0xff, 0xfe, 0x41, 0], 'UTF-16'), 'A');
assert.strictEqual(decode([0x3d, 0xd8, 0x00, 0xde], 'utf-16le'), '\u{1f600}');
assert.strictEqual(decode([0x3d, 0xd8, 0x41, 0], 'utf-16le'), '\ufffdA');
assert.strictEqual(decode([0x41], 'utf-16le'), '\ufffd');
assert.strictEqual(decode([0x41, 0xe9, 0xff], 'latin1'), 'A\u00e9\u00ff');
assert.strictEqual(new TextDecoder(' UTF8 ').encoding, 'utf-8');
assert.strictEqual(new TextDecoder().fatal, false);
assert.throws(() => new TextDecoder('nonsense'), {name: 'RangeError', code: 'ERR_ENCODING_NOT_SUPPORTED'});
const buffer = encoder.encode('abcdef').buffer;
assert.strictEqual(new TextDecoder().decode(buffer), 'abcdef');
assert.strictEqual(new TextDecoder().decode(new DataView(buffer, 1, 2)), 'bc');
assert.strictEqual(new TextDecoder().decode(new Uint16Array(buffer, 2, 2)), 'cdef');
assert.throws(() => new TextDecoder().decode('text'), TypeError);
assert.strictEqual(util.TextDecoder, TextDecoder);

for (const plain of ['', 'a', 'ab', 'abc', 'abcd', '\0\xff\x80', 'hello world']) {
  assert.strictEqual(atob(btoa(plain)), plain);
}
assert.strictEqual(btoa('hello'), 'aGVsbG8=');
assert.strictEqual(atob(' aGVs bG8= '), 'hello');
assert.strictEqual(atob('aGVsbG8'), 'hello');
assert.throws(() => btoa('\u20ac'), {name: 'InvalidCharacterError'});
for (const wrong of ['a', 'a===', 'a=b=', '!', 'ab=', 'abcd=']) assert.throws(() => atob(wrong), {name: 'InvalidCharacterError'}, wrong);
console.log('pass');
