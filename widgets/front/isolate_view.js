// One isolate in detail: what it holds, what it does, who holds what of it, and what went wrong. Its Python is ../isolate_view.py.
import './base.css';
import './isolate_view.css';
import {Actions} from './actions.js';
import {Chart} from './chart.js';
import {Diagnosis} from './diagnosis.js';
import {make, setText} from './dom.js';
import {Facts} from './facts.js';
import {History} from './history.js';
import {List} from './list.js';
import {live} from './live.js';
import {Meters} from './meters.js';
import {PLOTS} from './plots.js';
import {References} from './references.js';
import {Spaces} from './spaces.js';
import {plainText, timeText} from './texts.js';

const MEMORY = PLOTS.slice(0, 1);

class View {
  #live;
  #name = make('bdi');
  #state = make('span', {class: 'isolates-state'});
  #runs = make('span', {class: 'isolates-runs'});
  #notes = new Diagnosis();
  #place = make('div', {class: 'isolates-place'});
  #actions = null;
  #key = '';
  #chart;
  #body;
  #meters = new Meters();
  #facts = new Facts();
  #spaces = new Spaces();
  #contexts = new List('Contexts', [['name', 'long'], ['state', 'long'], ['runs', 'long']]);
  #references;
  #errors = new List('Last errors', [['when'], ['of a'], ['cell', 'short'], ['context', 'short'], ['what', 'long']]);

  constructor(el, live, signal) {
    this.#live = live;
    this.#chart = new Chart(signal, MEMORY);
    this.#references = new References(live);
    const head = make('div', {class: 'isolates-title'}, make('h3', {}, this.#name), this.#state, this.#runs);
    const left = [this.#meters, this.#chart, this.#contexts, this.#references];
    const right = [this.#facts, this.#spaces];
    const columns = [left, right].map((parts) => make('div', {}, ...parts.map((part) => part.element)));
    this.#body = make('div', {}, make('div', {class: 'isolates-columns'}, ...columns), this.#errors.element);
    const view = make('section', {class: 'isolates-view', 'aria-label': 'Isolate'}, head, this.#place, this.#notes.element, this.#body);
    el.append(view);
  }

  draw({frame, errors, history}) {
    if (!frame) return;
    const name = plainText(frame.name);
    const isThere = frame.state !== 'none';
    setText(this.#name, frame.named ? name : 'Isolate');
    setText(this.#state, frame.state);
    this.#state.dataset.state = frame.state;
    setText(this.#runs, isThere ? runsOf(frame) : '');
    this.#notes.draw(notesOf(frame), '');
    this.#body.hidden = !isThere;
    this.#place.hidden = !isThere;
    if (!isThere) return;
    this.#drawActions(frame);
    const isGone = frame.state === 'gone';
    this.#meters.draw(frame.limits, frame.stale);
    this.#chart.draw(history, frame.named ? name : 'the isolate');
    this.#facts.draw(frame, isGone);
    this.#spaces.draw(frame.spaces);
    this.#contexts.draw(frame.contexts.map((context) => ({key: context.name, cells: contextCells(context, frame.work)})));
    this.#references.draw(frame.groups, frame.key);
    this.#errors.draw(errors.map((error, at) => ({key: `${error.time_s} ${errors.length - at}`, cells: errorCells(error, frame)})));
  }

  // Of another isolate with the name: its buttons must not be those of the one before.
  #drawActions(frame) {
    if (frame.key !== this.#key) {
      this.#key = frame.key;
      this.#actions = new Actions(this.#live, {key: frame.key, name: frame.named ? frame.name : 'the isolate'});
      this.#place.replaceChildren(this.#actions.element);
    }
    this.#actions.isGone = frame.state === 'gone';
  }
}

function notesOf(frame) {
  if (frame.state === 'none') return [{key: '', level: 'info', text: 'There is no isolate of that name. The first cell that names it makes it.'}];
  const notes = [...frame.diagnosis];
  if (frame.state === 'gone') {
    notes.length = 0;
    const why = frame.end ? `: ${frame.end}` : '';
    const next = frame.named ? ' The next cell that names it gets a new one.' : '';
    notes.push({key: frame.key, level: frame.end === 'disposed' ? 'info' : 'error', text: `This isolate is gone${why}.${next}`});
  } else if (frame.generation > 1) {
    notes.push({key: frame.key, level: 'info', text: `It is number ${frame.generation} of its name: those before are gone.`});
  }
  return notes;
}

function runsOf(frame) {
  return frame.work.slice(0, 3).map(workText).join(', ') + (frame.work.length > 3 ? ` and ${frame.work.length - 3} more` : '');
}

function workText(work) {
  return `${plainText(work.cell, 40)} for ${timeText(work.seconds)}`;
}

function contextCells(context, work) {
  const here = work.filter((one) => one.context === context.name).map(workText);
  return [plainText(context.name), plainText(context.state, 200), here.join(', ')];
}

function errorCells(error, frame) {
  const when = new Date(error.time_s * 1000).toTimeString().slice(0, 8);
  const of = error.generation === frame.generation ? error.kind : `${error.kind} (number ${error.generation})`;
  return [when, of, plainText(error.cell, 40), plainText(error.context, 40), plainText(`${error.name}: ${error.message}`, 400)];
}

export default live({
  makeState: () => ({frame: null, errors: [], history: new History()}),
  take(state, frame, buffers) {
    state.frame = frame;
    if (frame.errors) state.errors = frame.errors;
    if (buffers?.length) state.history = new History(buffers[0]);
    if (frame.point && frame.state !== 'gone') state.history.append(frame.point);
  },
  makeView({state, el, live: one, signal}) {
    const view = new View(el, one, signal);
    return () => view.draw(state);
  },
});
