// The rows of a frame: an isolate each, with its figures by name.
import {numbersOf} from './history.js';

const FIELDS = [
  'used', 'total', 'limit', 'external', 'wall_ns', 'cpu_ns', 'references', 'age_s', 'cpu_percent', 'growth_per_s',
  'high_water', 'contexts',
];
const SUMMED = [
  'used', 'total', 'limit', 'external', 'wall_s', 'cpu_s', 'references', 'cpu_percent', 'growth_per_s', 'contexts',
];

export function rowsOf(frame, buffer) {
  const numbers = numbersOf(buffer);
  return frame.rows.map((row, index) => {
    const figures = {};
    FIELDS.forEach((field, at) => (figures[field] = numbers[index * FIELDS.length + at]));
    return {
      ...row,
      ...figures,
      contextNames: row.contexts,
      wall_s: figures.wall_ns / 1e9,
      cpu_s: figures.cpu_ns / 1e9,
      index,
    };
  });
}

/// The sums, as a row. What is not known does not count.
export function totalOf(rows) {
  const living = rows.filter((row) => row.state !== 'gone');
  // What isolates that are gone hold is not known; the time that they have used counts.
  const total = {key: null, name: `All ${living.length}`, state: '', contextNames: [], age_s: 0, high_water: NaN};
  total.stale = living.some((row) => row.stale);
  for (const field of SUMMED) {
    const numbers = rows.map((row) => row[field]).filter(Number.isFinite);
    total[field] = numbers.length ? numbers.reduce((sum, number) => sum + number) : NaN;
  }
  return total;
}

/// A row as a sample of a History.
export function sampleOf(row, time_s) {
  return {...row, time_s};
}
