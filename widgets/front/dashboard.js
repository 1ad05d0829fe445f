// The dashboard: all isolates in a chart and a table. Frames: ../dashboard.py.
import './base.css';
import './dashboard.css';
import {Chart} from './chart.js';
import {Diagnosis} from './diagnosis.js';
import {make} from './dom.js';
import {History} from './history.js';
import {icon} from './icons.js';
import {live} from './live.js';
import {clockText} from './plot.js';
import {rowsOf, sampleOf, totalOf} from './rows.js';
import {Table} from './table.js';
import {plainText} from './texts.js';

/// `histories`: of the isolates that a view has asked for, by key, and of all together by null.
function makeState() {
  return {rows: [], total: totalOf([]), diagnosis: [], time_s: 0, histories: new Map([[null, new History()]])};
}

function take(state, frame, buffers) {
  if (frame.whole) state.histories = new Map([[null, new History(buffers[1])]]);
  state.rows = rowsOf(frame, buffers[0]);
  state.total = totalOf(state.rows);
  state.diagnosis = frame.diagnosis;
  state.time_s = frame.time_s;
  for (const row of [state.total, ...state.rows]) state.histories.get(row.key)?.append(sampleOf(row, frame.time_s));
}

class Dashboard {
  #state;
  #live;
  #chart;
  #table;
  #diagnosis = new Diagnosis();
  #chosen = null; // key of the isolate that the chart shows
  #name; // of that one
  #asked = null; // the histories that the chosen one was asked for, once
  #frozen = null; // the state as it was when the view was paused
  #all = make('button', {type: 'button', hidden: '', onclick: () => this.#choose(null)}, 'Show all isolates');
  #pause = make('button', {type: 'button', 'aria-pressed': 'false', onclick: () => this.#toggle()});

  constructor({state, el, live: kernel, signal}) {
    this.#state = state;
    this.#live = kernel;
    this.#chart = new Chart(signal);
    this.#table = new Table(kernel, (key) => this.#choose(key));
    this.#label();
    this.#chart.heading.append(this.#all, this.#pause);
    el.classList.add('isolates-dashboard');
    el.append(this.#diagnosis.element, this.#chart.heading, this.#chart.element, this.#table.element);
  }

  draw() {
    const shown = this.#frozen ?? this.#state;
    const row = this.#chosenOf(shown.rows);
    this.#chosen = row?.key ?? null;
    this.#name = row?.name;
    this.#all.hidden = !row;
    this.#diagnosis.draw(shown.diagnosis);
    this.#chart.draw(this.#historyOf(shown), row ? plainText(row.name) : 'All isolates');
    this.#table.draw(shown.rows, shown.total, this.#chosen);
  }

  /// After a reset another isolate has the name.
  #chosenOf(rows) {
    if (this.#chosen === null) return null;
    return rows.find((row) => row.key === this.#chosen) ?? rows.find((row) => row.name === this.#name);
  }

  #choose(key) {
    this.#chosen = key;
    this.#name = undefined;
    this.draw();
  }

  #historyOf(shown) {
    const known = shown.histories.get(this.#chosen);
    if (known) return known;
    this.#ask(this.#chosen);
    return new History();
  }

  // The kernel has more of it than the page has seen.
  #ask(key) {
    const {histories} = this.#state;
    if (this.#asked?.histories === histories && this.#asked.key === key) return;
    this.#asked = {histories, key};
    this.#live.act('history', {key}, (answer, buffers) => {
      if (answer.state !== 'done') return;
      const history = new History(buffers[0]);
      histories.set(key, history);
      this.#frozen?.histories.set(key, history.until(this.#frozen.time_s));
      this.#live.redraw();
    });
  }

  #toggle() {
    const {histories, time_s} = this.#state;
    const copies = [...histories].map(([key, history]) => [key, history.until(time_s)]);
    this.#frozen = this.#frozen ? null : {...this.#state, histories: new Map(copies)};
    this.#label();
    this.draw();
  }

  #label() {
    const isPaused = this.#frozen !== null;
    this.#pause.setAttribute('aria-pressed', String(isPaused));
    this.#pause.title = isPaused ? 'Show what is now' : 'Keep what is shown; sampling goes on';
    const text = isPaused ? `Resume (paused at ${clockText(this.#frozen.time_s)})` : 'Pause';
    this.#pause.replaceChildren(icon(isPaused ? 'resume' : 'pause'), text);
  }
}

function makeView(parts) {
  const dashboard = new Dashboard(parts);
  return () => dashboard.draw();
}

export default live({makeState, take, makeView});
