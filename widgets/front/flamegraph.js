// Flamegraph: calls as boxes, below each one what it has called, as wide as they cost; and a table of functions.
import './base.css';
import './flamegraph.css';
import {costText, shareText} from './costs.js';
import {download, make, setText} from './dom.js';
import {Figures} from './figures.js';
import {FlameChart} from './flame_chart.js';
import {inverted, shareOf, treeOf, typed} from './flame_tree.js';
import {live} from './live.js';

const SEARCH_AFTER_MS = 150;

export default live({
  makeState: () => ({version: 0, frame: null}),
  take(state, frame, buffers) {
    state.frame = frame;
    state.tree = treeOf(frame, buffers);
    state.functions = functionsOf(state.tree, typed(Float64Array, buffers[3]));
    ++state.version;
  },
  makeView({state, el, live, signal}) {
    const view = new View(el, state, live, signal);
    return () => view.draw();
  },
});

function functionsOf({places}, numbers) {
  return Array.from({length: numbers.length / 3}, (_, index) => {
    const [place, own, total] = numbers.subarray(3 * index, 3 * index + 3);
    return {place: places[place], own, total};
  });
}

class View {
  #state;
  #el;
  #live;
  #drawn = 0;
  #chart;
  #figures;
  #shown = null; // the tree that is drawn, from one of its ends
  #timer = 0;
  #term = ''; // what is searched: a text, or a place
  #search = make('input', {type: 'search', placeholder: 'Search functions', 'aria-label': 'Search functions', class: 'isolates-search'});
  #found = make('span', {class: 'isolates-count', role: 'status'});
  #head = make('p', {class: 'isolates-flame-head'});
  #about = make('div', {class: 'isolates-flame-about', 'aria-hidden': 'true'}, '\u00a0');
  #tip = make('div', {class: 'isolates-flame-tip', 'aria-hidden': 'true', hidden: ''});
  #notes = make('p', {class: 'isolates-flame-notes'});
  #answer = make('span', {class: 'isolates-count', role: 'status'});
  #reset = make('button', {type: 'button', disabled: ''}, 'Reset zoom');
  #save = make('button', {type: 'button'}, 'Save');
  #ends = [];

  constructor(el, state, live, signal) {
    this.#state = state;
    this.#el = el;
    this.#live = live;
    el.classList.add('isolates-flamegraph');
    this.#chart = new FlameChart({
      describe: (call) => this.#describe(call), onAbout: (call, at) => this.#showAbout(call, at),
      onDrawn: (call, narrow) => this.#onDrawn(call, narrow), signal,
    });
    this.#ends = ['Top down', 'Bottom up'].map((label, index) => make(
      'button', {type: 'button', 'aria-pressed': index === 0, onclick: () => this.#turn(index)}, label));
    this.#ends[0].title = 'Below each call what it has called';
    this.#ends[1].title = 'The functions that cost most by themselves, and below each one who has called it';
    this.#search.addEventListener('input', () => this.#searchSoon());
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#find('');
    });
    this.#reset.addEventListener('click', () => this.#chart.reset());
    this.#save.addEventListener('click', () => this.#download());
    const bar = make(
      'div', {class: 'isolates-flame-bar'}, this.#search, this.#found,
      make('span', {role: 'group', 'aria-label': 'Direction', class: 'isolates-flame-ends'}, ...this.#ends),
      this.#reset, this.#save, this.#answer,
    );
    this.#figures = this.#makeFigures();
    el.append(this.#head, bar, this.#chart.element, this.#about, this.#notes, this.#figures.element, this.#tip);
    signal.addEventListener('abort', () => clearTimeout(this.#timer));
  }

  draw() {
    const {version, frame, tree, functions} = this.#state;
    if (version === this.#drawn) return;
    this.#drawn = version;
    setText(this.#head, frame.head);
    this.#save.textContent = `Save ${frame.suffix}`;
    this.#figures.show(functions.map((one) => ({...one, share: tree.root.value})));
    this.#turn(0);
  }

  #turn(end) {
    this.#ends.forEach((button, index) => button.setAttribute('aria-pressed', index === end));
    const {root} = this.#state.tree;
    this.#shown = end ? inverted(root) : root;
    this.#chart.element.hidden = !root.children.length;
    if (!root.children.length) return;
    this.#chart.show(this.#shown, `Flame graph, ${end ? 'bottom up' : 'top down'}: arrow keys walk, Enter zooms, Escape resets`);
    this.#mark();
  }

  #describe(call) {
    const {tree} = this.#state;
    const total = `total ${costText(call.value, tree.unit)} (${shareText(call.value / tree.root.value)})`;
    const lines = [call.name, `${total}, self ${costText(call.own, tree.unit)}`];
    if (call.where) lines.splice(1, 0, call.where);
    return lines;
  }

  // Beside the pointer and, always in the same place, below the graph.
  #showAbout(call, at) {
    this.#tip.hidden = !at;
    if (!call) return setText(this.#about, '\u00a0');
    const lines = this.#describe(call);
    setText(this.#about, lines.join(' \u00b7 '));
    if (!at) return;
    setText(this.#tip, lines.join('\n'));
    // Inside of the widget: pages cut off what stands out of it.
    const {left, top, width, height} = this.#el.getBoundingClientRect();
    const {offsetWidth, offsetHeight} = this.#tip;
    const x = at.x - left + 12;
    const y = at.y - top + 16;
    this.#tip.style.left = `${Math.max(0, Math.min(x, width - offsetWidth))}px`;
    this.#tip.style.top = `${y + offsetHeight > height ? y - offsetHeight - 28 : y}px`;
  }

  #onDrawn(zoomed, narrow) {
    this.#reset.disabled = !zoomed;
    const notes = [...this.#state.frame.notes];
    if (narrow) notes.push(`${narrow.toLocaleString('en')} ${narrow === 1 ? 'call is' : 'calls are'} too narrow to be drawn: zoom in`);
    setText(this.#notes, notes.join('; '));
  }

  #searchSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#find(this.#search.value.trim()), SEARCH_AFTER_MS);
  }

  // A text, or a place of the table.
  #find(term) {
    clearTimeout(this.#timer);
    if (typeof term !== 'string') this.#search.value = term.name;
    else if (!term) this.#search.value = '';
    this.#term = term;
    this.#mark();
  }

  #mark() {
    const term = this.#term;
    const {tree} = this.#state;
    if (!term || !tree) {
      this.#chart.mark(null);
      return setText(this.#found, '');
    }
    const lower = typeof term === 'string' ? term.toLowerCase() : null;
    const isMatch = (call) =>
      lower === null ? call.place === term : `${call.name} ${call.where}`.toLowerCase().includes(lower);
    const {count, cost, share} = shareOf(this.#shown, isMatch);
    this.#chart.mark(isMatch);
    const calls = `${count.toLocaleString('en')} ${count === 1 ? 'call' : 'calls'}`;
    setText(this.#found, `${calls}: ${shareText(share)}, ${costText(cost, tree.unit)}`);
  }

  #makeFigures() {
    const cost = (value) => costText(value, this.#state.tree.unit);
    const share = (value, row) => shareText(value / row.share);
    return new Figures({
      label: 'Functions', nouns: 'functions', sortedBy: 'own',
      textOf: (row) => `${row.place.name} ${row.place.where}`,
      columns: [
        {id: 'own', label: 'Self', about: 'By themselves', of: (row) => row.own, text: cost, bar: (row) => row.own / row.share},
        {id: 'own_share', label: '%', about: 'By themselves, of all', of: (row) => row.own, text: share},
        {id: 'total', label: 'Total', about: 'With all that they called', of: (row) => row.total, text: cost, bar: (row) => row.total / row.share},
        {id: 'total_share', label: '%', about: 'With all that they called, of all', of: (row) => row.total, text: share},
        {
          id: 'name', label: 'Function', about: 'Press one to find it in the graph', isText: true, isHead: true,
          of: (row) => row.place.name, text: (name) => name, onClick: (row) => this.#find(row.place),
        },
        {id: 'where', label: 'Where', about: 'Where its text begins', isText: true, of: (row) => row.place.where, text: (where) => where},
      ],
    });
  }

  #download() {
    this.#live.act('profile', {}, (answer, buffers) => {
      setText(this.#answer, answer.text);
      if (answer.state === 'done') download(answer.file, buffers, answer.type);
    });
  }
}
