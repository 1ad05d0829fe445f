// What stands at the cursor of a cell: by acorn's tokenizer, as the text is seldom a program yet (tools.py).
// A target {root, name, keys} says how to get to a value without running anything: from the global `name`, `this`, or the
// prototype of a literal's class, `root`, by the properties `keys`; `text`, how to get there if that fails.

const OPENED = {')': '(', ']': '[', '}': '{'};
const MOST_ERRORS = 50;
const LONGEST_EXPRESSION = 2000;
const LARGEST_NUMBER = 100000;
const DECLARING = new Set(['let', 'const', 'var', 'class', 'function']);

/** The tokens of the text, and where the string, template or comment begins in which it ends. What is no JavaScript is
 * passed over. */
function tokensOf(text) {
  const tokens = [];
  let from = 0;
  let open = null;
  let errors = 0;
  while (from < text.length && open === null) {
    const base = from;
    const onComment = (isBlock, body, start, end) => {
      if (!isBlock && base + end > text.length) open = {type: 'comment', start: base + start};
    };
    // The space is for `a?.` at the end, which acorn takes for a question otherwise.
    const reader = parsers.tokenizer(`${text.slice(base)} `, {ecmaVersion: 'latest', allowHashBang: base === 0, onComment});
    try {
      for (;;) {
        const {type, value, start, end} = reader.getToken();
        if (type.label === 'eof') {
          from = text.length;
          break;
        }
        tokens.push({label: type.label, isWord: type.label === 'name' || type.keyword !== undefined, value, start: base + start, end: base + end});
      }
    } catch (error) {
      if (typeof error.pos !== 'number') throw error;
      const at = base + error.pos;
      const endOfLine = text.indexOf('\n', at);
      if (/Unterminated (template|comment)/.test(error.message)) open = {type: 'text', start: at};
      else if (/Unterminated (string|regular)/.test(error.message) && endOfLine < 0) {
        open = {type: text[at] === '/' ? 'text' : 'string', start: at};
      }
      from = /Unterminated/.test(error.message) && endOfLine >= 0 ? endOfLine + 1 : at + 1;
      // So much is wrong that it is no JavaScript: the line of the cursor may still be, and each turn has its cost.
      errors++;
      if (errors === MOST_ERRORS) from = Math.max(from, text.lastIndexOf('\n') + 1);
      if (errors === 2 * MOST_ERRORS) break;
    }
  }
  return {tokens, open};
}

const isDot = (token) => token !== undefined && (token.label === '.' || token.label === '?.');
const endsValue = (token) =>
  token !== undefined &&
  (['name', 'num', 'string', 'regexp', ')', ']', '}', '`', 'this', 'super', 'true', 'false', 'null'].includes(token.label) || token.label === 'privateId');

/** The index of the token that opens what the token at `i` closes, or -1. */
function openerOf(tokens, i) {
  let depth = 0;
  for (let at = i; at >= 0; at--) {
    if (OPENED[tokens[at].label] !== undefined) depth++;
    else if (['(', '[', '{', '${'].includes(tokens[at].label) && --depth === 0) return at;
  }
  return -1;
}

function wordOf(token) {
  return token.label === 'name' ? token.value : token.label;
}

/** The expression that ends with the token at `i`: its target, and the index of its first token. Null if its value can
 * only be had by running it. */
function expressionAt(tokens, i) {
  const keys = [];
  const done = (start, root, name = '') => ({start, target: {root, name, keys: keys.reverse()}});
  for (let at = i; at >= 0; ) {
    const token = tokens[at];
    const before = tokens[at - 1];
    if (token.isWord && isDot(before)) {
      keys.push(wordOf(token));
      at -= 2;
    } else if (token.label === 'name') {
      return done(at, 'name', token.value);
    } else if (token.label === 'this') {
      return done(at, 'this');
    } else if (token.label === 'string' || token.label === 'regexp') {
      return done(at, token.label);
    } else if (token.label === 'num') {
      return done(at, typeof token.value === 'bigint' || /n$/.test(String(token.value)) ? 'bigint' : 'number');
    } else if (token.label === 'true' || token.label === 'false') {
      return done(at, 'boolean');
    } else if (token.label === '`') {
      const start = templateStart(tokens, at);
      return start < 0 || endsValue(tokens[start - 1]) ? null : done(start, 'string');
    } else if (token.label === ']') {
      const start = openerOf(tokens, at);
      const previous = tokens[start - 1];
      if (start < 0) return null;
      if (!endsValue(previous) && !isDot(previous)) return done(start, 'array');
      const key = tokens[at - 1];
      if (start !== at - 2 || !['string', 'num'].includes(key.label)) return null;
      keys.push(String(key.value));
      at = start - 1;
      if (isDot(tokens[at])) at--;
    } else if (token.label === ')') {
      const start = openerOf(tokens, at);
      const inner = start >= 0 && at - 1 > start ? expressionAt(tokens, at - 1) : null;
      const previous = tokens[start - 1];
      if (!endsValue(previous)) {
        if (inner === null || inner.start !== start + 1 || previous?.isWord) return null;
        return {start, target: {...inner.target, keys: [...inner.target.keys, ...keys.reverse()]}};
      }
      const made = expressionAt(tokens, start - 1);
      if (made === null || tokens[made.start - 1]?.label !== 'new' || made.target.root !== 'name') return null;
      return {start: made.start - 1, target: {...made.target, keys: [...made.target.keys, 'prototype', ...keys.reverse()]}};
    } else {
      return null;
    }
  }
  return null;
}

/** The index of the first token of the expression that ends with the token at `i`, with its calls; -1 for one that is not
 * worth to be evaluated. */
function startOf(tokens, i) {
  for (let at = i; at >= 0; ) {
    const token = tokens[at];
    let start = at;
    if (token.label === ')' || token.label === ']') start = openerOf(tokens, at);
    else if (token.label === '`') start = templateStart(tokens, at);
    else if (token.isWord && isDot(tokens[at - 1])) start = at - 1;
    else if (!['name', 'this', 'string', 'num', 'regexp', 'true', 'false'].includes(token.label)) return -1;
    if (start < 0) return -1;
    if (isDot(tokens[start])) at = start - 1;
    else if (isDot(tokens[start - 1])) at = start - 2;
    else if (start < at && endsValue(tokens[start - 1])) at = start - 1;
    else return tokens[start - 1]?.label === 'new' ? start - 1 : start;
  }
  return -1;
}

/** The index of the token that opens the template which the token at `i` closes, or -1. */
function templateStart(tokens, i) {
  let start = i - 1;
  for (let depth = 0; start >= 0 && (depth > 0 || tokens[start].label !== '`'); start--) {
    if (tokens[start].label === '}') depth++;
    else if (tokens[start].label === '${') depth--;
  }
  return start;
}

/** The target of the expression that ends with the token at `i`: `text` too, if its value may be had by running it. */
function targetOf(tokens, i, source) {
  const target = expressionAt(tokens, i)?.target ?? {root: '', name: '', keys: []};
  const start = startOf(tokens, i);
  if (start < 0) return target.root === '' ? null : target;
  const text = source.slice(tokens[start].start, tokens[i].end);
  // A loop of V8's own over so many could not be stopped.
  const isLarge = tokens.slice(start, i).some(({label, value}) => label === 'num' && !(value <= LARGEST_NUMBER));
  return text.length > LONGEST_EXPRESSION || isLarge ? target : {...target, text};
}

/** The names in the tokens that are not properties. */
function namesIn(tokens, but) {
  const names = new Set();
  tokens.forEach((token, i) => {
    if (token.label === 'name' && token !== but && token.value !== 'let' && !isDot(tokens[i - 1]) && token.value.length > 1) names.add(token.value);
  });
  return [...names].slice(0, 5000);
}

function inString(tokens, {start}, text) {
  const last = tokens.length - 1;
  const quote = text[start];
  const prefix = text.slice(start + 1);
  const place = {start, quote, prefix};
  const opener = tokens[last];
  if (opener === undefined) return {kind: 'none'};
  if (opener.label === '[') {
    const target = endsValue(tokens[last - 1]) ? targetOf(tokens, last - 1, text) : isDot(tokens[last - 1]) ? targetOf(tokens, last - 2, text) : null;
    return target === null ? {kind: 'none'} : {kind: 'key', target, ...place};
  }
  const word = opener.label === '(' ? tokens[last - 1] : opener;
  const name = word?.isWord ? wordOf(word) : '';
  const isCall = opener.label === '(' && !isDot(tokens[last - 2]);
  if (isCall && (name === 'require' || name === 'import')) return {kind: 'module', by: name, ...place};
  if (!isCall && (name === 'from' || name === 'import')) return {kind: 'module', by: 'import', ...place};
  return {kind: 'none'};
}

/** What is to be completed in front of the cursor. */
function completeAt({source, offset}) {
  const text = source.slice(0, offset);
  const {tokens, open} = tokensOf(text);
  if (open !== null) return open.type === 'string' ? inString(tokens, open, text) : {kind: 'none'};
  let last = tokens.length - 1;
  let word = tokens[last];
  if (word?.end !== text.length) word = undefined;
  else if (!word.isWord && (endsValue(word) || word.label === 'template')) return {kind: 'none'};
  if (word !== undefined && !word.isWord) word = undefined;
  const start = word === undefined ? text.length : word.start;
  const prefix = text.slice(start);
  if (word !== undefined) last--;
  const before = tokens[last];
  if (before?.label === '#' || before?.label === 'privateId') return {kind: 'none'};
  if (isDot(before)) {
    const target = targetOf(tokens, last - 1, text);
    return target === null ? {kind: 'none'} : {kind: 'member', target, start, prefix};
  }
  if (before?.isWord && DECLARING.has(wordOf(before))) return {kind: 'none'};
  const names = namesIn(tokens, word);
  names.push(...namesIn(tokensOf(source.slice(offset)).tokens));
  return {kind: 'name', start, prefix, names};
}

/** The targets that the cursor may mean: the name that it touches, then the function whose arguments it stands in. */
function inspectAt({source, offset}) {
  const {tokens} = tokensOf(source);
  const targets = [];
  const touched = tokens.findLastIndex((token) => token.start <= offset && offset <= token.end && (token.isWord || endsValue(token)));
  if (touched >= 0) {
    const expression = tokens[touched].isWord ? expressionAt(tokens, touched) : null;
    if (expression !== null) {
      targets.push({...expression.target, text: source.slice(tokens[expression.start].start, tokens[touched].end)});
    }
  }
  let depth = 0;
  for (let i = tokens.findLastIndex(({end}) => end <= offset); i > 0; i--) {
    const {label} = tokens[i];
    if (OPENED[label] !== undefined) depth++;
    else if (['(', '[', '{', '${'].includes(label) && --depth < 0) {
      depth = 0;
      const expression = label === '(' && endsValue(tokens[i - 1]) ? expressionAt(tokens, i - 1) : null;
      if (expression === null) continue;
      targets.push({...expression.target, text: source.slice(tokens[expression.start].start, tokens[i - 1].end)});
      break;
    }
  }
  return {targets};
}
