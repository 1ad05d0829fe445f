// util.inspect and util.format, from the vendored package, bound so that no user code can be taken for a part of them.
const inspector = (function () {
  const module = {exports: {}};
  const exports = module.exports;
  const process = undefined;
  const define = undefined;
  /* vendor/inspect.js */
  return module.exports;
})();
const {inspect, formatWithOptions, getStringWidth} = inspector;

/** Whether a line is a frame of a stack in the prelude; the same words in a text are the user's. */
function isOwnFrame(line) {
  let start = 0;
  while (line[start] === ' ') start += 1;
  return start > 0 && stringSlice(line, start, start + 3) === 'at ' && (stringIncludes(line, '(isolates:') || stringIncludes(line, 'at isolates:'));
}

/** Text without the stack lines that are the prelude's own. */
function withoutOwnFrames(text) {
  if (!stringIncludes(text, '(isolates:') && !stringIncludes(text, 'at isolates:')) return text;
  const kept = [];
  const lines = stringSplit(text, '\n');
  for (let i = 0; i < lines.length; i++) {
    if (!isOwnFrame(lines[i])) arrayPush(kept, lines[i]);
    // The properties of an error follow its last frame.
    else if (stringSlice(lines[i], -2) === ' {' && kept.length > 0) kept[kept.length - 1] += ' {';
  }
  return arrayJoin(kept, '\n');
}

// An object with a million keys is shown in a million lines.
const LONGEST_TEXT = 1000000;

/** The value of a cell as text; never throws. */
function describe(value) {
  try {
    const text = withoutOwnFrames(inspect(value));
    if (text.length <= LONGEST_TEXT) return text;
    return `${stringSlice(text, 0, LONGEST_TEXT)}\n... ${text.length - LONGEST_TEXT} more characters`;
  } catch (error) {
    let reason = 'it throws when looked at';
    try {
      reason = `${error}`;
    } catch {}
    return `[${typeof value} that can't be shown: ${reason}]`;
  }
}
