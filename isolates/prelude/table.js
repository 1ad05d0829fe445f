// console.table: an array or an object of rows, drawn as Node draws it.

const INDEX_COLUMN = '(index)';
const ITERATION_COLUMN = '(iteration index)';
const KEY_COLUMN = 'Key';
const VALUES_COLUMN = 'Values';

/** The cell's text: one line, nested objects short, getters not run. */
function cellText(holder, key, textOf) {
  const descriptor = getOwnPropertyDescriptor(holder, key);
  if (descriptor === undefined) return '';
  return hasOwn(descriptor, 'value') ? textOf(descriptor.value) : '[Getter]';
}

/** Whether an object has so many properties that a field only names it. The indices of a large typed array are not listed. */
function isWide(value) {
  if (value === null || typeof value !== 'object' || isArray(value)) return false;
  return (isTypedArray(value) ? typedLength(value) : ownKeys(value).length) > 2;
}

function fieldText(value) {
  const depth = isWide(value) ? -1 : 0;
  return inspect(value, {maxArrayLength: 3, breakLength: Infinity, depth});
}

/** Where a table's lines need no quotes to tell a string from a number. */
const bareText = (value) => (typeof value === 'string' ? value : fieldText(value));

const isIterator = (data) => isMapIterator(data) || isSetIterator(data);

/** Maps and Sets are numbered, and what is left in iterators of them; what is in their items gets no columns of its own. */
function iterationTable(data, textOf) {
  const body = [];
  if (isIterator(data)) {
    const preview = inspectBinding.previewEntries(data);
    const entries = preview[0];
    const step = preview[1] ? 2 : 1;
    for (let i = 0; i < entries.length; i += step) {
      const fields = [String(body.length), textOf(entries[i])];
      if (step === 2) arrayPush(fields, textOf(entries[i + 1]));
      arrayPush(body, fields);
    }
    return {heads: step === 2 ? [ITERATION_COLUMN, KEY_COLUMN, VALUES_COLUMN] : [ITERATION_COLUMN, VALUES_COLUMN], body};
  }
  if (isMap(data)) {
    mapForEach(data, (value, key) => arrayPush(body, [String(body.length), textOf(key), textOf(value)]));
    return {heads: [ITERATION_COLUMN, KEY_COLUMN, VALUES_COLUMN], body};
  }
  setForEach(data, (value) => arrayPush(body, [String(body.length), textOf(value)]));
  return {heads: [ITERATION_COLUMN, VALUES_COLUMN], body};
}

/** {label, value} of each row. */
function tableRows(data) {
  const rows = [];
  const keys = ownKeys(data);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key === 'symbol' || !isEnumerable(data, key)) continue;
    const descriptor = getOwnPropertyDescriptor(data, key);
    arrayPush(rows, {label: key, value: descriptor.value, isGetter: !hasOwn(descriptor, 'value')});
  }
  return rows;
}

/** The texts of a table: {heads, body}, whose rows begin with their index. */
function tableOf(data, wanted, textOf = fieldText) {
  if (isMap(data) || isSet(data) || isIterator(data)) return iterationTable(data, textOf);
  const rows = tableRows(data);
  const columns = []; // keys in the order of their first sight
  const seen = new Set();
  const lines = []; // {label, cells: Map, own: text}
  let hasValues = false;
  const addColumn = (key) => {
    if (!setHas(seen, key)) {
      setAdd(seen, key);
      arrayPush(columns, key);
    }
  };
  for (let i = 0; i < rows.length; i++) {
    const {label, value, isGetter} = rows[i];
    const line = {label, cells: new Map(), own: ''};
    if (value !== null && typeof value === 'object' && !isGetter) {
      const keys = wanted ?? ownKeys(value);
      for (let k = 0; k < keys.length; k++) {
        const key = typeof keys[k] === 'number' ? String(keys[k]) : keys[k];
        if (typeof key === 'symbol' || (wanted === undefined && !isEnumerable(value, key))) continue;
        addColumn(key);
        mapSet(line.cells, key, cellText(value, key, textOf));
      }
    } else {
      line.own = isGetter ? '[Getter]' : textOf(value);
      hasValues = true;
    }
    arrayPush(lines, line);
  }
  const heads = [INDEX_COLUMN];
  for (let c = 0; c < columns.length; c++) arrayPush(heads, columns[c]);
  if (hasValues && wanted === undefined) arrayPush(heads, VALUES_COLUMN);
  const body = [];
  for (let i = 0; i < lines.length; i++) {
    const fields = [lines[i].label];
    for (let c = 0; c < columns.length; c++) arrayPush(fields, mapGet(lines[i].cells, columns[c]) ?? '');
    if (hasValues && wanted === undefined) arrayPush(fields, lines[i].own);
    arrayPush(body, fields);
  }
  return {heads, body};
}

function drawTable({heads, body}) {
  const widths = [];
  for (let c = 0; c < heads.length; c++) {
    let width = getStringWidth(heads[c]);
    for (let r = 0; r < body.length; r++) width = max(width, getStringWidth(body[r][c]));
    arrayPush(widths, width + 2);
  }
  const rule = (left, middle, right) => {
    const parts = [];
    for (let c = 0; c < widths.length; c++) arrayPush(parts, stringRepeat('─', widths[c]));
    return left + arrayJoin(parts, middle) + right;
  };
  const row = (fields) => {
    const parts = [];
    for (let c = 0; c < widths.length; c++) {
      arrayPush(parts, ` ${fields[c]}${stringRepeat(' ', widths[c] - getStringWidth(fields[c]) - 1)}`);
    }
    return `│${arrayJoin(parts, '│')}│`;
  };
  const lines = [rule('┌', '┬', '┐'), row(heads), rule('├', '┼', '┤')];
  for (let r = 0; r < body.length; r++) arrayPush(lines, row(body[r]));
  arrayPush(lines, rule('└', '┴', '┘'));
  return arrayJoin(lines, '\n');
}
