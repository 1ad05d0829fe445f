// The table's columns: what a row of rows.js says in each, in words, and by what it is sorted.
import {percentText} from './plots.js';
import {plainText, sizeText, timeText} from './texts.js';

const NEAR_LIMIT = 0.75;
const AT_LIMIT = 0.9;
const FAST_GROWTH = 1024 ** 2; // bytes a second
const SLOW_GROWTH = 1024; // what is less is noise
const BUSY_PERCENT = 90;
const UNKNOWN = '–';

const SIZE = {text: sizeText, exact: bytesText};
const MEASURED = {...SIZE, isOld: true};
const WORDS = {text: (words) => plainText(words, 60), isText: true};

/// `of`: what is sorted, and shown by `text`; `exact` is its tooltip. `isOld`: the figure is as old as the row's age,
/// where an isolate is busy. `level`: 'warn' or 'error', which words say too. `width` in em. `about`: the head's tooltip.
export const COLUMNS = [
  {id: 'state', label: 'State', width: 6.6, of: (row) => row.state, ...WORDS, title: (row) => row.end},
  {
    id: 'used', label: 'Used', width: 6.2, of: (row) => row.used, ...MEASURED, level: limitLevel,
    about: 'Heap used: objects, also those that the next garbage collection frees',
  },
  {
    id: 'growth', label: 'Growth', width: 7.4, of: (row) => row.growth_per_s, text: speedText, isOld: true,
    level: growthLevel, about: 'How fast heap and external have grown over the last 10 s',
  },
  {
    id: 'limit', label: 'Limit', width: 9.4, of: (row) => row.limit, ...SIZE, text: limitText, level: limitLevel,
    about: 'How much heap and external together may be',
  },
  {
    id: 'cpu_percent', label: 'CPU %', width: 5, of: (row) => row.cpu_percent, text: percentText, level: cpuLevel,
    about: 'CPU time of the last second; 100 % is one core',
  },
  {id: 'runs', label: 'Runs', width: 11, of: (row) => row.runs ?? '', ...WORDS, about: 'The cells under way there'},
  {
    id: 'total', label: 'Total', width: 6.2, of: (row) => row.total, ...MEASURED,
    about: 'Heap total: what V8 has taken from the system for the heap',
  },
  {
    id: 'external', label: 'External', width: 6, of: (row) => row.external, ...MEASURED,
    about: 'External: bytes of ArrayBuffers and the like, outside of the heap',
  },
  {
    id: 'high_water', label: 'Peak', width: 6, of: (row) => row.high_water, ...SIZE,
    about: 'High-water mark: the most that heap and external together have been when they were sampled',
  },
  {
    id: 'contexts', label: 'Contexts', width: 6, of: (row) => row.contexts, text: countText, isOld: true,
    title: (row) => row.contextNames.slice(0, 20).map((name) => plainText(name, 40)).join(', '),
  },
  {
    id: 'wall', label: 'Wall', width: 6.6, of: (row) => row.wall_s, text: timeText,
    exact: (_, row) => nanosecondsText(row.wall_ns), about: 'Wall time: how long JavaScript has run',
  },
  {
    id: 'cpu', label: 'CPU', width: 6.6, of: (row) => row.cpu_s, text: timeText,
    exact: (_, row) => nanosecondsText(row.cpu_ns), about: 'CPU time of its JavaScript',
  },
  {
    id: 'references', label: 'Refs', width: 4.4, of: (row) => row.references, text: countText,
    about: 'References: values of the isolate that others hold',
  },
];

/// The words of a cell: "~" before a figure that may have changed since.
export function textOf(column, row) {
  const value = column.of(row);
  if (Number.isNaN(value) || value === undefined || value === null) return UNKNOWN;
  const text = column.text(value, row);
  return column.isOld && row.stale && text !== UNKNOWN ? `~${text}` : text;
}

export function titleOf(column, row) {
  if (column.title) return column.title(row) || '';
  if (column.isOld && row.stale && row.key !== null) return `${timeText(row.age_s)} old: the isolate is busy`;
  if (column.isText) return textOf(column, row);
  const value = column.of(row);
  return column.exact && Number.isFinite(value) ? column.exact(value, row) : '';
}

/// Smaller than, for sorting: what is not known comes last in both directions.
export function compare(one, other, isDescending) {
  const isKnown = [one, other].map((value) => value !== undefined && value !== null && value !== '' && !Number.isNaN(value));
  if (!isKnown[0] || !isKnown[1]) return isKnown[1] - isKnown[0];
  const order = typeof one === 'string' ? one.localeCompare(other) : one - other;
  return isDescending ? -order : order;
}

function bytesText(bytes) {
  return `${bytes.toLocaleString('en')} bytes`;
}

function nanosecondsText(time_ns) {
  return time_ns === undefined ? '' : `${time_ns.toLocaleString('en')} ns`;
}

function countText(count) {
  return String(count);
}

function limitText(limit, row) {
  return limitLevel(row) ? `${Math.round((100 * held(row)) / limit)} % of ${sizeText(limit)}` : sizeText(limit);
}

function limitLevel(row) {
  const part = held(row) / row.limit;
  if (row.key === null || !(part >= NEAR_LIMIT)) return '';
  return part >= AT_LIMIT ? 'error' : 'warn';
}

function held({used, external}) {
  return used + external;
}

function speedText(bytes) {
  if (Math.abs(bytes) < SLOW_GROWTH) return '0';
  return `${bytes < 0 ? '↓' : '↑'} ${sizeText(Math.abs(bytes))}/s`;
}

function growthLevel({growth_per_s: growth}) {
  return growth >= FAST_GROWTH ? 'warn' : '';
}

function cpuLevel({cpu_percent: percent, key}) {
  return key !== null && percent >= BUSY_PERCENT ? 'warn' : '';
}
