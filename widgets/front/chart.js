// The chart: plots one above the other, with the same times, cursor and zoom.
import './chart.css';
import {make, setText} from './dom.js';
import {LONGEST} from './history.js';
import {clockText, Plot} from './plot.js';
import {PLOTS} from './plots.js';
import {colours, onTheme} from './theme.js';

const SHORTEST_S = 60;
const SHORTEST_ZOOM_S = 2;
const SHORTEST_GAP_S = 3;
const GAP_STEPS = 5;
const HELP = 'The arrow keys move the cursor, plus and minus zoom, Escape shows all. The newest values are in the page as numbers too.';

let charts = 0;

export class Chart {
  #plots;
  #history = null;
  #name = '';
  #zoom = null; // [from, to] in seconds
  #at = null; // index of the sample below the cursor
  #painted = '';
  #syncKey = `isolates-${++charts}`;
  #box = make('div', {class: 'isolates-plots', role: 'group', tabindex: '0', 'aria-label': `Chart. ${HELP}`});
  #about = make('bdi', {class: 'isolates-about'});
  #time = make('span', {class: 'isolates-value'});
  #all = make('button', {type: 'button', hidden: '', onclick: () => this.onZoom(null)}, 'Show all times');

  constructor(signal, plots = PLOTS) {
    const kinds = plots.map((kind) => ({...kind, lines: kind.lines.map((line) => ({...line}))}));
    this.#plots = kinds.map((kind, index) => new Plot(kind, this, index === kinds.length - 1));
    this.#box.append(...this.#plots.map((plot) => plot.element));
    this.#box.addEventListener('keydown', (event) => this.#onKey(event));
    this.heading = make('div', {class: 'isolates-heading'}, this.#about, this.#time, this.#all);
    this.element = this.#box;
    onTheme(() => this.#redraw(), signal);
    const observer = new ResizeObserver(() => this.#redraw());
    observer.observe(this.#box);
    signal.addEventListener('abort', () => {
      observer.disconnect();
      for (const plot of this.#plots) plot.destroy();
    });
  }

  draw(history, name) {
    this.#history = history;
    this.#name = name;
    this.#redraw();
  }

  /// What the time axis shows: what was chosen, or all, but at least a minute, and no hour in which nobody looked.
  shownTimes() {
    if (this.#zoom) return this.#zoom;
    const {times, step} = this.#history;
    const last = times.at(-1) ?? 0;
    const first = times.find((time) => time >= last - LONGEST * step) ?? last;
    return [Math.min(first, last - SHORTEST_S), last];
  }

  /// From which time on two samples have nothing between them.
  get gap() {
    return Math.max(SHORTEST_GAP_S, GAP_STEPS * this.#history.step);
  }

  onCursor(index) {
    if (index === this.#at) return;
    this.#at = index;
    this.#read();
  }

  onZoom(from, to) {
    this.#zoom = from === null ? null : [from, Math.max(to, from + SHORTEST_ZOOM_S)];
    this.#redraw();
  }

  #redraw() {
    if (!this.#history) return;
    this.#paint();
    const width = Math.floor(this.#box.clientWidth);
    for (const plot of this.#plots) plot.draw(this.#history, width);
    this.#read();
  }

  // Style sheets of a theme may come later than its name does, so each time is looked.
  #paint() {
    const now = colours(this.#box);
    const painted = JSON.stringify(now);
    if (painted === this.#painted) return;
    this.#painted = painted;
    for (const plot of this.#plots) plot.build(now, this.#syncKey);
  }

  #read() {
    const {times} = this.#history;
    const index = Math.min(this.#at ?? times.length - 1, times.length - 1);
    const time = index < 0 ? '' : clockText(times[index]);
    setText(this.#about, this.#name);
    setText(this.#time, this.#at === null ? '' : time);
    this.#all.hidden = !this.#zoom;
    for (const plot of this.#plots) plot.read(this.#history, index, `${this.#name} at ${time}`);
  }

  #onKey(event) {
    if (event.target !== this.#box || event.ctrlKey || event.altKey || event.metaKey) return;
    const moves = {ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity};
    if (event.key in moves) this.#moveCursor(moves[event.key]);
    else if (event.key === '+' || event.key === '=') this.#scaleTimes(0.5);
    else if (event.key === '-') this.#scaleTimes(2);
    else if (event.key === 'Escape') this.onZoom(null);
    else return;
    event.preventDefault();
  }

  #moveCursor(by) {
    const {times} = this.#history ?? {times: []};
    if (!times.length) return;
    const index = Math.max(0, Math.min(times.length - 1, (this.#at ?? times.length - 1) + by));
    for (const plot of this.#plots) plot.setCursor(times[index]);
  }

  #scaleTimes(factor) {
    if (!this.#history?.times.length) return;
    const [from, to] = this.shownTimes();
    const centre = this.#at === null ? to : this.#history.times[this.#at];
    const first = this.#history.times[0];
    const last = this.#history.times.at(-1);
    const zoom = [centre - (centre - from) * factor, centre + (to - centre) * factor];
    if (zoom[0] <= first && zoom[1] >= last) this.onZoom(null);
    else this.onZoom(Math.max(first, zoom[0]), Math.min(last, zoom[1]));
  }
}
