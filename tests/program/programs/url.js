// This program passes in Node 20 too.
'use strict';
const assert = require('assert');
const {inspect} = require('util');

for (const [Class, length] of [[URL, 1], [URLSearchParams, 0]]) {
  const {enumerable, configurable, writable, value} = Object.getOwnPropertyDescriptor(globalThis, Class.name);
  assert.deepStrictEqual([enumerable, configurable, writable, value, value.length], [false, true, true, Class, length]);
}

// Text, base, and [href, origin, host, pathname, search, hash].
const parsed = [
  ['http://EXAMPLE.com:80/../a/./b/%7e?q=\u00fc #\u00fc', null, ['http://example.com/a/b/%7e?q=%C3%BC%20#%C3%BC', 'http://example.com', 'example.com', '/a/b/%7e', '?q=%C3%BC%20', '#%C3%BC']],
  ['//x/y', 'https://a', ['https://x/y', 'https://x', 'x', '/y', '', '']],
  ['?q', 'https://a/b?c#d', ['https://a/b?q', 'https://a', 'a', '/b', '?q', '']],
  ['#q', 'mailto:a@b', ['mailto:a@b#q', 'null', '', 'a@b', '', '#q']],
  ['file:///C|/x', null, ['file:///C:/x', 'null', '', '/C:/x', '', '']],
  ['http://[::1]:3000/', null, ['http://[::1]:3000/', 'http://[::1]:3000', '[::1]:3000', '/', '', '']],
  ['http://192.168.257', null, ['http://192.168.1.1/', 'http://192.168.1.1', '192.168.1.1', '/', '', '']],
  ['http://0x7f.1/', null, ['http://127.0.0.1/', 'http://127.0.0.1', '127.0.0.1', '/', '', '']],
  ['http://b\u00fccher.example/', null, ['http://xn--bcher-kva.example/', 'http://xn--bcher-kva.example', 'xn--bcher-kva.example', '/', '', '']],
  ['http://fa\u00df.de', null, ['http://xn--fa-hia.de/', 'http://xn--fa-hia.de', 'xn--fa-hia.de', '/', '', '']],
  ['http://\u2603.net/', null, ['http://xn--n3h.net/', 'http://xn--n3h.net', 'xn--n3h.net', '/', '', '']],
  ['http://a\u00adb.de', null, ['http://ab.de/', 'http://ab.de', 'ab.de', '/', '', '']],
  ['http://xn--bcher-kva.example', null, ['http://xn--bcher-kva.example/', 'http://xn--bcher-kva.example', 'xn--bcher-kva.example', '/', '', '']],
  ['data:text/plain,hi there', null, ['data:text/plain,hi there', 'null', '', 'text/plain,hi there', '', '']],
  ['blob:https://a.com/x', null, ['blob:https://a.com/x', 'https://a.com', '', 'https://a.com/x', '', '']],
  ['javascript:alert(1) ', null, ['javascript:alert(1)', 'null', '', 'alert(1)', '', '']],
  ['http://\uff27\uff2f.com', null, ['http://go.com/', 'http://go.com', 'go.com', '/', '', '']],
  ['ws://u@h:80/p', null, ['ws://u@h/p', 'ws://h', 'h', '/p', '', '']],
  ['http://user:pa ss@h/{}|', null, ['http://user:pa%20ss@h/%7B%7D|', 'http://h', 'h', '/%7B%7D|', '', '']],
  ['non-special://h:1/p/../q?x#y', null, ['non-special://h:1/q?x#y', 'null', 'h:1', '/q', '?x', '#y']],
  ['web+demo:/.//not-a-host/', null, ['web+demo:/.//not-a-host/', 'null', '', '//not-a-host/', '', '']],
  ['  http://a.b/\tx\n ', null, ['http://a.b/x', 'http://a.b', 'a.b', '/x', '', '']],
  ['http://a.b/x?\'"<>', null, ['http://a.b/x?%27%22%3C%3E', 'http://a.b', 'a.b', '/x', '?%27%22%3C%3E', '']],
  ['foo:// /', null, null],
  ['http://\u05d0.com', null, ['http://xn--4db.com/', 'http://xn--4db.com', 'xn--4db.com', '/', '', '']],
  ['http://a_b.com', null, ['http://a_b.com/', 'http://a_b.com', 'a_b.com', '/', '', '']],
  ['http://%41.com', null, ['http://a.com/', 'http://a.com', 'a.com', '/', '', '']],
  ['nope', null, null],
  ['x', 'y',null],
  ['http://a b', null, null],
  ['http://xn--a', null, null],
  ['http://[::1', null, null],
  ['http://a:99999', null, null],
  ['http://a%00.com', null, null],
  ['http://\u0001\u00ad', null, null],
];
for (const [text, base, expected] of parsed) {
  assert.strictEqual(URL.canParse(text, base ?? undefined), expected !== null, text);
  if (expected === null) {
    const error = {name: 'TypeError', code: 'ERR_INVALID_URL', message: 'Invalid URL', input: text, ...(base === null ? {} : {base})};
    assert.throws(() => new URL(text, base ?? undefined), error);
  } else {
    const {href, origin, host, pathname, search, hash} = new URL(text, base ?? undefined);
    assert.deepStrictEqual([href, origin, host, pathname, search, hash], expected);
    assert.strictEqual(new URL(href).href, href);
  }
}

// A field, its new value, and what comes of it.
const url = new URL('http://a.b/c?d=e');
const {searchParams} = url;
const changes = [
  ['protocol', 'https', 'https://a.b/c?d=e', 'd=e'],
  ['protocol', 'foo', 'https://a.b/c?d=e', 'd=e'],
  ['username', '\u00fc:', 'https://%C3%BC%3A@a.b/c?d=e', 'd=e'],
  ['password', '@', 'https://%C3%BC%3A:%40@a.b/c?d=e', 'd=e'],
  ['host', 'x.y:81', 'https://%C3%BC%3A:%40@x.y:81/c?d=e', 'd=e'],
  ['hostname', 'z.w', 'https://%C3%BC%3A:%40@z.w:81/c?d=e', 'd=e'],
  ['port', '65536', 'https://%C3%BC%3A:%40@z.w:81/c?d=e', 'd=e'],
  ['port', '22x', 'https://%C3%BC%3A:%40@z.w:22/c?d=e', 'd=e'],
  ['port', '', 'https://%C3%BC%3A:%40@z.w/c?d=e', 'd=e'],
  ['pathname', 'q/../r s', 'https://%C3%BC%3A:%40@z.w/r%20s?d=e', 'd=e'],
  ['search', 'a=b c', 'https://%C3%BC%3A:%40@z.w/r%20s?a=b%20c', 'a=b+c'],
  ['search', '?z', 'https://%C3%BC%3A:%40@z.w/r%20s?z', 'z='],
  ['search', '', 'https://%C3%BC%3A:%40@z.w/r%20s', ''],
  ['hash', 'h i', 'https://%C3%BC%3A:%40@z.w/r%20s#h%20i', ''],
  ['hash', '#', 'https://%C3%BC%3A:%40@z.w/r%20s#', ''],
  ['hash', '', 'https://%C3%BC%3A:%40@z.w/r%20s', ''],
  ['host', '', 'https://%C3%BC%3A:%40@z.w/r%20s', ''],
  ['href', 'https://n.m/?k=l#o', 'https://n.m/?k=l#o', 'k=l'],
  ['protocol', 'http:', 'http://n.m/?k=l#o', 'k=l'],
];
for (const [field, value, href, query] of changes) {
  url[field] = value;
  assert.deepStrictEqual([url.href, String(searchParams)], [href, query], field);
}
assert.throws(() => { url.href = 'bad'; }, {code: 'ERR_INVALID_URL', input: 'bad'});
searchParams.append('k', 'l 2');
searchParams.append('b', '&=');
assert.strictEqual(`${url}`, 'http://n.m/?k=l&k=l+2&b=%26%3D#o');
searchParams.sort();
assert.strictEqual(url.search, '?b=%26%3D&k=l&k=l+2');
searchParams.set('k', '3');
searchParams.delete('b', 'other');
assert.deepStrictEqual([url.search, searchParams.size, searchParams.has('b', '&='), searchParams.has('b', 'x')], ['?b=%26%3D&k=3', 2, true, false]);
searchParams.delete('b');
searchParams.delete('k');
assert.strictEqual(JSON.stringify({url}), '{"url":"http://n.m/#o"}');
const mail = new URL('mailto:a@b');
Object.assign(mail, {host: 'c', hostname: 'c', port: '4', pathname: 'd', username: 'e', password: 'f'});
assert.deepStrictEqual([mail.href, mail.origin, mail.host], ['mailto:a@b', 'null', '']);
class Page extends URL {}
assert.ok(new Page('a:b') instanceof URL);

// Forms.
const forms = [
  [undefined, ''], [null, ''], ['?a=%ff%20+\ud800&=x&&b%4', 'a=%EF%BF%BD++%EF%BF%BD&=x&b%254='], ['a=1&a=2', 'a=1&a=2'],
  [{a: 1, b: [2, 3], c: '\u00fc *-._~!()'}, 'a=1&b=2%2C3&c=%C3%BC+*-._%7E%21%28%29'], [{'\ud800': 1, '\ud801': 2}, '%EF%BF%BD=2'],
  [[['a', 'b'], new Set(['c', 'd'])], 'a=b&c=d'], [new Map([['a', '\u{1f600}']]), 'a=%F0%9F%98%80'], [new URLSearchParams('q=%26'), 'q=%26'], [7, '7='],
];
for (const [init, text] of forms) assert.strictEqual(String(new URLSearchParams(init)), text);
const form = new URLSearchParams('a=1&b=2&a=3');
assert.deepStrictEqual([[...form], [...form.keys()], [...form.values()]], [[['a', '1'], ['b', '2'], ['a', '3']], ['a', 'b', 'a'], ['1', '2', '3']]);
assert.deepStrictEqual([form.get('a'), form.get('c'), form.getAll('a'), form.getAll('c')], ['1', null, ['1', '3'], []]);
const visits = [];
form.forEach(function (value, name, whole) { visits.push([value, name, whole === form, this.x]); }, {x: 1});
assert.deepStrictEqual(visits, [['1', 'a', true, 1], ['2', 'b', true, 1], ['3', 'a', true, 1]]);
assert.strictEqual(Object.prototype.toString.call(form.keys()), '[object URLSearchParams Iterator]');
assert.strictEqual(form[Symbol.iterator], form.entries);

const wrong = [
  [() => new URL(), 'ERR_MISSING_ARGS', 'The "url" argument must be specified'],
  [() => URL.canParse(), 'ERR_MISSING_ARGS', 'The "url" argument must be specified'],
  [() => new URLSearchParams([1]), 'ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple'],
  [() => new URLSearchParams([[1]]), 'ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple'],
  [() => new URLSearchParams({[Symbol.iterator]: 5}), 'ERR_ARG_NOT_ITERABLE', 'Query pairs must be iterable'],
  [() => form.append('a'), 'ERR_MISSING_ARGS', 'The "name" and "value" arguments must be specified'],
  [() => form.get(), 'ERR_MISSING_ARGS', 'The "name" argument must be specified'],
  [() => form.forEach(1), 'ERR_INVALID_ARG_TYPE', 'The "callback" argument must be of type function. Received type number (1)'],
  [() => form.get.call({}, 'a'), 'ERR_INVALID_THIS', 'Value of "this" must be of type URLSearchParams'],
  [() => form.keys().next.call({}), 'ERR_INVALID_THIS', 'Value of "this" must be of type URLSearchParamsIterator'],
];
for (const [call, code, message] of wrong) assert.throws(call, {name: 'TypeError', code, message});
for (const call of [() => URL('a:b'), () => URL.prototype.toString.call({}), () => new URLSearchParams(Symbol('x')), () => new URL(Symbol('x'))]) {
  assert.throws(call, TypeError);
}

// As inspect shows them.
const shown = `URL {
  href: 'https://u:p@h.com:8080/a?x=1#f',
  origin: 'https://h.com:8080',
  protocol: 'https:',
  username: 'u',
  password: 'p',
  host: 'h.com:8080',
  hostname: 'h.com',
  port: '8080',
  pathname: '/a',
  search: '?x=1',
  searchParams: URLSearchParams { 'x' => '1' },
  hash: '#f'
}`;
const full = new URL('https://u:p@h.com:8080/a?x=1#f');
assert.strictEqual(inspect(full), shown);
assert.match(inspect(full, {depth: 0}), /searchParams: \[Object\]/);
assert.strictEqual(inspect({full}, {depth: 0}), '{ full: URL {} }');
assert.strictEqual(inspect(new URLSearchParams()), 'URLSearchParams {}');
assert.strictEqual(inspect(form), "URLSearchParams { 'a' => '1', 'b' => '2', 'a' => '3' }");
const long = 'x'.repeat(40);
assert.strictEqual(inspect(new URLSearchParams([[long, 1], [long, 2]])), `URLSearchParams {\n  '${long}' => '1',\n  '${long}' => '2' }`);
assert.strictEqual(inspect(form.entries()), "URLSearchParams Iterator { [ 'a', '1' ], [ 'b', '2' ], [ 'a', '3' ] }");
const rest = form.keys();
rest.next();
assert.strictEqual(inspect(rest), "URLSearchParams Iterator { 'b', 'a' }");
console.log('pass');
