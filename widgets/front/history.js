// What a chart shows: samples of the last minutes, one column for each of SERIES.

export const SERIES = ['time_s', 'used', 'total', 'external', 'limit', 'wall_s', 'cpu_s', 'cpu_percent'];
export const LONGEST = 600;

export class History {
  columns;

  /// `buffer`: a DataView of float64, sample after sample; none: an empty history.
  constructor(buffer) {
    const numbers = buffer ? numbersOf(buffer) : [];
    this.columns = SERIES.map((_, at) => {
      const column = [];
      for (let i = at; i < numbers.length; i += SERIES.length) column.push(known(numbers[i]));
      return column;
    });
  }

  get times() {
    return this.columns[0];
  }

  /// Seconds between two samples, as it is now.
  get step() {
    const last = this.times.slice(-10);
    return Math.min(...last.slice(1).map((time, at) => time - last[at]), Infinity);
  }

  /// A sample, by the names of SERIES. One that is not newer than the last is known already.
  append(sample) {
    if (this.times.length && !(sample.time_s > this.times.at(-1))) return;
    SERIES.forEach((name, at) => {
      const column = this.columns[at];
      column.push(known(sample[name]));
      if (column.length > LONGEST) column.shift();
    });
  }

  /// As it was then: it stays so.
  until(time_s) {
    const after = this.times.findIndex((time) => time > time_s);
    const copy = new History();
    copy.columns = this.columns.map((column) => column.slice(0, after < 0 ? undefined : after));
    return copy;
  }
}

/// Buffers of messages begin anywhere, arrays of float64 don't.
export function numbersOf(view) {
  return new Float64Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

// The chart leaves a gap for null.
function known(number) {
  return Number.isFinite(number) ? number : null;
}
