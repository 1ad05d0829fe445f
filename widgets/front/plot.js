// One plot of the chart: a canvas of uPlot's, and above it what its lines are at the cursor, in words.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import {make, setText} from './dom.js';
import {SERIES} from './history.js';

const AXIS_WIDTH = 64;
const TIMES_HEIGHT = 20;
const NARROWEST = 100;
const CLOCK_WIDTH = 50;
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800];

export class Plot {
  #kind;
  #chart;
  #hasTimes;
  #u = null;
  #box = make('div', {class: 'isolates-plot'});
  #readings;

  /// `chart`: gives `shownTimes()` and `gap`, and hears `onCursor(index)` and `onZoom(from, to)`. `hasTimes`: it is the lowest.
  constructor(kind, chart, hasTimes) {
    this.#kind = kind;
    this.#chart = chart;
    this.#hasTimes = hasTimes;
    this.#readings = kind.lines.map((line) => new Reading(line, () => this.#toggle(line)));
    const legend = make('div', {class: 'isolates-legend'}, make('strong', {}, kind.name));
    legend.append(...this.#readings.map((reading) => reading.element));
    this.element = make('div', {}, legend, this.#box);
  }

  get #height() {
    return this.#kind.height + (this.#hasTimes ? TIMES_HEIGHT : 0);
  }

  /// Begins anew, with the page's colours.
  build(colours, syncKey) {
    this.#u?.destroy();
    this.#u = null;
    for (const reading of this.#readings) reading.paint(colours);
    this.#box.style.height = `${this.#height}px`;
    this.options = this.#optionsOf(colours, syncKey);
  }

  /// Draws a History. Where there is no room, nothing: uPlot would draw a canvas without end.
  draw(history, width) {
    if (width < NARROWEST || !this.options) return;
    const data = [history.times, ...this.#kind.lines.map((line) => history.columns[SERIES.indexOf(line.of)])];
    if (!this.#u) {
      this.#u = new uPlot({...this.options, width, height: this.#height}, data, this.#box);
      this.#u.ctx.canvas.setAttribute('role', 'img');
    } else {
      if (this.#u.width !== width) this.#u.setSize({width, height: this.#height});
      this.#u.setData(data);
    }
  }

  /// Says what the lines are at a sample.
  read(history, index, about) {
    const texts = this.#kind.lines.map((line, at) => {
      const number = history.columns[SERIES.indexOf(line.of)][index] ?? null;
      return this.#readings[at].read(number === null ? '–' : this.#kind.text(number));
    });
    this.#u?.ctx.canvas.setAttribute('aria-label', `${this.#kind.name} of ${about}: ${texts.join(', ')}`);
  }

  setCursor(time) {
    this.#u?.setCursor({left: time === null ? -10 : this.#u.valToPos(time, 'x'), top: time === null ? -10 : 1});
  }

  destroy() {
    this.#u?.destroy();
  }

  #toggle(line) {
    line.isHidden = !line.isHidden;
    this.#u?.setSeries(this.#kind.lines.indexOf(line) + 1, {show: !line.isHidden});
  }

  #optionsOf(colours, syncKey) {
    const {lines, steps, text, range} = this.#kind;
    const times = {size: this.#hasTimes ? TIMES_HEIGHT : 0, values: this.#hasTimes ? clockTexts : noTexts};
    const textsOf = (u, splits) => splits.map((split) => (split ? text(split).replace('.0 ', ' ') : '0'));
    const axis = {
      stroke: colours.faint,
      font: '11px sans-serif',
      grid: {stroke: colours.line, width: 1},
      ticks: {show: false},
    };
    return {
      legend: {show: false},
      padding: [6, 8, this.#hasTimes ? 0 : 4, 0],
      cursor: {
        y: false,
        drag: {x: true, y: false, setScale: false},
        points: {size: 6},
        sync: {key: syncKey, scales: ['x', null], filters: {pub: (type) => type === 'mousemove'}},
        bind: {dblclick: () => () => this.#chart.onZoom(null)},
      },
      hooks: {
        setCursor: [(u) => this.#chart.onCursor(u.cursor.left < 0 ? null : u.cursor.idx)],
        setSelect: [(u) => this.#select(u)],
      },
      scales: {
        x: {time: false, range: () => this.#chart.shownTimes()},
        y: {range: (u) => range(mostOf(u.data, lines, this.#chart.shownTimes()))},
      },
      axes: [
        {...axis, ...times, gap: 3, space: 80, incrs: TIME_STEPS},
        {...axis, size: AXIS_WIDTH, gap: 4, space: 28, incrs: steps, values: textsOf},
      ],
      series: [{}, ...lines.map((line) => this.#seriesOf(line, colours))],
    };
  }

  #seriesOf(line, colours) {
    const stroke = colourOf(line, colours);
    const series = {scale: 'y', stroke, width: 1.5, dash: line.dash, show: !line.isHidden};
    Object.assign(series, {points: {show: false}, gaps: (u, ...rest) => gapsOf(u, this.#chart.gap, ...rest)});
    return line.isFilled ? {...series, fill: `color-mix(in srgb, ${stroke} 14%, transparent)`} : series;
  }

  #select(u) {
    const {left, width} = u.select;
    if (!width) return;
    u.setSelect({left: 0, width: 0, top: 0, height: 0}, false);
    this.#chart.onZoom(u.posToVal(left, 'x'), u.posToVal(left + width, 'x'));
  }
}

/// A line's name and value: a button that hides the line.
class Reading {
  #line;
  #value = make('span', {class: 'isolates-value'});
  #mark = make('span', {class: 'isolates-mark'});

  constructor(line, onToggle) {
    this.#line = line;
    this.element = make('button', {type: 'button', 'aria-pressed': 'true', title: `Show or hide ${line.label}`});
    this.element.append(this.#mark, `${line.label} `, this.#value);
    this.element.addEventListener('click', () => {
      onToggle();
      this.element.setAttribute('aria-pressed', String(!line.isHidden));
    });
  }

  paint(colours) {
    this.#mark.style.borderTop = `2px ${this.#line.dash ? 'dotted' : 'solid'} ${colourOf(this.#line, colours)}`;
  }

  /// Gives it in words.
  read(text) {
    setText(this.#value, text);
    return `${this.#line.label} ${text}`;
  }
}

function colourOf(line, colours) {
  return colours[line.colour] ?? colours.series[line.colour];
}

// The largest number of each line in what is to be seen: it is what an axis has to reach.
function mostOf([times, ...columns], lines, [from, to]) {
  const most = {};
  lines.forEach((line, at) => {
    most[line.of] = 0;
    if (line.isHidden) return;
    columns[at].forEach((number, i) => {
      if (number > most[line.of] && times[i] >= from && times[i] <= to) most[line.of] = number;
    });
  });
  return most;
}

// Where nobody looked for a while, nothing is known.
function gapsOf(u, longest, series, from, to, gaps) {
  const times = u.data[0];
  const placeOf = (at) => Math.round(u.valToPos(times[at], 'x', true));
  for (let at = from + 1; at <= to; at++) {
    if (times[at] - times[at - 1] > longest) gaps.push([placeOf(at - 1), placeOf(at)]);
  }
  return gaps.sort((one, other) => one[0] - other[0]);
}

// A text that an edge would cut is none.
function clockTexts(u, times) {
  const isWhole = (at) => at > CLOCK_WIDTH / 2 && at < u.width - AXIS_WIDTH - CLOCK_WIDTH / 2;
  return times.map((time) => (isWhole(u.valToPos(time, 'x')) ? clockText(time) : ''));
}

function noTexts(u, times) {
  return times.map(() => '');
}

export function clockText(time_s) {
  return new Date(time_s * 1000).toTimeString().slice(0, 8);
}
