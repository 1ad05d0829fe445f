// What the functions of a traced cell call (kernel/trace.js), as the body of a function: $0 is how many calls are shown.
'use strict';
const {log} = console;
const {min} = Math;
// Cells have a finer clock than Date, unless they have taken it away.
const {performance: clock} = globalThis;
const now = typeof clock?.now === 'function' ? () => clock.now() : Date.now;
const same = (value) => value;
const idle = {out: same, leave: same, back: same, yields: same, resume: same, fail: same, end() {}};
const pattern = Symbol('pattern');
const MOST_INDENTED = 20;
const MOST_SHOWN = 3;
const LONGEST = 40;
const LEAST_TIME = 0.5; // milliseconds
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
      return value instanceof Error ? cut(String(value)) : cut(String(value.constructor?.name || value[Symbol.toStringTag] || 'Object'));
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

/** With three digits, as magics/tables.py has it. */
function duration(time) {
  const [value, unit] = time < 999.5 ? [time, 'ms'] : [time / 1000, 's'];
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
}

function mayShow() {
  if (left-- > 0) return true;
  isOn = false;
  say(0, '\u2026 more calls are not shown');
  return false;
}

function call(name, given) {
  if (!isOn) return idle;
  let level = depth++;
  if (!mayShow()) return idle;
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
    yields(value) {
      if (isOn && mayShow()) say(level, `\u21e0 ${name} yields ${preview(value)}`);
      depth = level;
      return value;
    },
    // Whoever asks for the next value may be elsewhere.
    resume(value) {
      level = depth++;
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
      say(level, `${hasFailed ? '\u2717' : '\u2190'} ${name}${hasFailed ? ' threw' : ':'} ${result}${took < LEAST_TIME ? '' : `  (${duration(took)})`}`);
    },
  };
}

function end() {
  isOn = false;
}

Object.defineProperty(globalThis, '$$trace', {value: {call, end, pattern}, configurable: true});
