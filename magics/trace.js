// What the functions of a traced cell call (kernel/trace.js), as the body of a function: $0 is how many calls are shown.
'use strict';
const {log} = console;
const {min} = Math;
const {now} = Date;
const idle = {out: (value) => value, leave: (value) => value, back: (value) => value, fail: (error) => error, end() {}};
const pattern = Symbol('pattern');
const MOST_INDENTED = 20;
const MOST_SHOWN = 3;
const LONGEST = 40;
let left = $0;
let depth = 0;
let isOn = true;

const cut = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}\u2026` : text);

function shallow(value) {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(cut(value));
    case 'bigint':
      return `${cut(String(value))}n`;
    case 'function':
      return value.name ? `[Function: ${cut(String(value.name))}]` : '[Function]';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `Array(${value.length})`;
      return value instanceof Error ? cut(String(value)) : (value.constructor?.name ?? 'Object');
    default:
      return String(value);
  }
}

function deep(value) {
  if (value === pattern) return '{\u2026}';
  if (typeof value !== 'object' || value === null) return shallow(value);
  const isArray = Array.isArray(value);
  const prototype = Object.getPrototypeOf(value);
  if (!isArray && prototype !== Object.prototype && prototype !== null) return shallow(value);
  const keys = Object.keys(value);
  const shown = keys.slice(0, MOST_SHOWN).map((key) => (isArray ? '' : `${cut(key)}: `) + shallow(value[key]));
  if (keys.length > MOST_SHOWN) shown.push(`\u2026 ${keys.length - MOST_SHOWN} more`);
  return isArray ? `[${shown.join(', ')}]` : `{${shown.join(', ')}}`;
}

/** It may run code of the user's (getters), whose calls are not shown. */
function preview(value) {
  const wasOn = isOn;
  isOn = false;
  try {
    return deep(value);
  } catch {
    return '[not to be shown]';
  } finally {
    isOn = wasOn;
  }
}

function say(level, text) {
  log('%s', '  '.repeat(min(level, MOST_INDENTED)) + text);
}

function call(name, given) {
  if (!isOn) return idle;
  const level = depth++;
  if (left-- <= 0) {
    isOn = false;
    say(0, '\u2026 more calls are not shown');
    return idle;
  }
  const start = now();
  let result = 'undefined';
  let hasFailed = false;
  say(level, `\u2192 ${name}(${Array.from(given, preview).join(', ')})`);
  return {
    out(value) {
      if (isOn) result = preview(value);
      return value;
    },
    leave(value) {
      depth = level;
      return value;
    },
    back(value) {
      depth = level + 1;
      return value;
    },
    fail(error) {
      hasFailed = true;
      if (isOn) result = preview(error);
      return error;
    },
    end() {
      depth = level;
      if (!isOn) return;
      const took = now() - start;
      say(level, `${hasFailed ? '\u2717' : '\u2190'} ${name}${hasFailed ? ' threw' : ':'} ${result}${took ? `  (${took} ms)` : ''}`);
    },
  };
}

function end() {
  isOn = false;
}

Object.defineProperty(globalThis, '$$trace', {value: {call, end, pattern}, configurable: true});
