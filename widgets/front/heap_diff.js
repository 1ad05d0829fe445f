// HeapDiff: what grew between two moments, by class; below a class some of its new objects, and how they are held.
import './base.css';
import './heap_diff.css';
import {make, setText} from './dom.js';
import {Figures} from './figures.js';
import {live} from './live.js';
import {growthText, plainText, sizeText} from './texts.js';

const SMALL = 10000; // below this, bytes are told exactly

export default live({
  makeState: () => ({version: 0, frame: null, rows: []}),
  take(state, frame) {
    state.frame = frame;
    state.rows = frame.classes.map(([name, created, deleted, allocated, freed, samples]) => ({
      name: plainText(name, 100), created, deleted, allocated, freed,
      count: created - deleted, size: allocated - freed, samples,
    }));
    ++state.version;
  },
  makeView({state, el}) {
    const view = new View(el, state);
    return () => view.draw();
  },
});

class View {
  #state;
  #drawn = 0;
  #largest = 1;
  #head = make('p', {class: 'isolates-heap-head'});
  #notes = make('p', {class: 'isolates-count'});
  #figures = new Figures({
    label: 'Classes', nouns: 'classes', sortedBy: 'size', textOf: (row) => row.name,
    hasMore: (row) => row.samples.length > 0, moreOf: samplesOf,
    columns: [
      {id: 'name', label: 'Class', about: 'Press one to see some of its new objects', isText: true, isHead: true, of: (row) => row.name, text: (name) => name},
      {id: 'created', label: '# New', about: 'Objects that only the later moment has', of: (row) => row.created, text: countText},
      {id: 'deleted', label: '# Deleted', about: 'Objects that only the earlier moment has', of: (row) => row.deleted, text: countText},
      {id: 'count', label: '# Delta', about: 'New less deleted', of: (row) => row.count, text: signedText},
      {id: 'allocated', label: 'Allocated', about: 'Bytes of the new objects', of: (row) => row.allocated, text: bytesText},
      {id: 'freed', label: 'Freed', about: 'Bytes of the deleted objects', of: (row) => row.freed, text: bytesText},
      {
        id: 'size', label: 'Size delta', about: 'Allocated less freed', of: (row) => row.size, text: deltaText,
        bar: (row) => row.size / this.#largest,
      },
    ],
  });

  constructor(el, state) {
    this.#state = state;
    el.classList.add('isolates-heap-diff');
    el.append(this.#head, this.#figures.element, this.#notes);
  }

  draw() {
    const {version, frame, rows} = this.#state;
    if (version === this.#drawn) return;
    this.#drawn = version;
    this.#largest = rows.reduce((most, row) => Math.max(most, Math.abs(row.size)), 1);
    setText(this.#head, frame.head);
    setText(this.#notes, frame.notes.join('; '));
    this.#figures.element.hidden = !rows.length;
    this.#figures.show(rows);
  }
}

function samplesOf(row) {
  const items = row.samples.map(([id, size, text, path]) => {
    const label = row.name.startsWith('(') || row.name === 'Function' ? plainText(text, 100) : '';
    return make(
      'li', {},
      make('span', {class: 'isolates-faint'}, `@${id} ${bytesText(size)} `),
      label ? make('span', {class: 'isolates-foreign'}, `${label} `) : '',
      make('code', {title: 'How code comes to it'}, path ? plainText(path, 300) : 'held by nothing that is known'),
    );
  });
  const rest = row.created - row.samples.length;
  const more = rest > 0 ? [make('li', {class: 'isolates-faint'}, `and ${countText(rest)} more new objects`)] : [];
  return make('ul', {class: 'isolates-samples', 'aria-label': `New objects: ${row.name}`}, ...items, ...more);
}

function countText(count) {
  return count.toLocaleString('en');
}

function signedText(count) {
  return `${count < 0 ? '-' : '+'}${countText(Math.abs(count))}`;
}

function bytesText(size) {
  return Math.abs(size) < SMALL ? countText(size) : sizeText(size);
}

function deltaText(size) {
  return Math.abs(size) < SMALL ? signedText(size) : growthText(size);
}
