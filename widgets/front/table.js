// The table: a row for each isolate, and one of the sums; sorted, filtered.
import {COLUMNS, compare} from './columns.js';
import {make, setText} from './dom.js';
import {Row} from './row.js';

const NAME = {id: 'name', label: 'Isolate', width: 11.5, of: (row) => row.name, isText: true};
const ACTIONS_WIDTH = 10.6;
const AROUND = 5; // rows that are drawn before they are scrolled into sight
const IN_TURN = 20;
const SORTABLE = [NAME, ...COLUMNS];

export class Table {
  #live;
  #onChoose;
  #rows = new Map(); // of a key
  #heads = new Map(); // of a column
  #sum;
  #box;
  #body = make('tbody');
  #filter = make('input', {type: 'search', placeholder: 'Filter by name, state or cell', 'aria-label': 'Filter isolates'});
  #count = make('span', {class: 'isolates-count'});
  #sorting = {column: null, isDescending: false}; // null: the manager's order
  #order = []; // keys, as they are shown
  #shown = null;
  #turn = 0;
  #chosen = null;

  /// `onChoose(key)`: the chart is to show that isolate (null: all).
  constructor(live, onChoose) {
    this.#live = live;
    this.#onChoose = onChoose;
    this.#sum = new Row({key: null, name: ''}, () => onChoose(null), null);
    this.#filter.addEventListener('input', () => this.#redraw(true));
    this.element = make('div', {}, make('div', {class: 'isolates-bar'}, this.#filter, this.#count), this.#makeTable());
  }

  draw(rows, total, chosen) {
    this.#shown = {rows, total};
    this.#chosen = chosen;
    this.#redraw(false);
  }

  #makeTable() {
    const columns = [...SORTABLE.map((column) => column.width), ACTIONS_WIDTH];
    const widths = columns.map((width) => make('col', {style: `width: ${width}em`}));
    const actions = make('th', {class: 'isolates-last', scope: 'col'}, 'Actions');
    const head = make('tr', {}, ...SORTABLE.map((column) => this.#makeHead(column)), actions);
    const table = make(
      'table', {'aria-label': 'Isolates', style: `width: ${columns.reduce((sum, width) => sum + width)}em`},
      make('colgroup', {}, ...widths), make('thead', {}, head), this.#body, make('tfoot', {}, this.#sum.element),
    );
    const attributes = {class: 'isolates-table', role: 'region', 'aria-label': 'Isolates', tabindex: '0'};
    this.#box = make('div', {...attributes, onscroll: () => this.#redraw(false)}, table);
    return this.#box;
  }

  #makeHead(column) {
    const button = make('button', {type: 'button', title: column.about, onclick: () => this.#sort(column)}, column.label);
    const head = make('th', {scope: 'col', 'aria-sort': 'none', class: column.isText ? 'isolates-text' : null}, button);
    this.#heads.set(column, head);
    return head;
  }

  // Figures begin with the largest; the third time is the manager's order again.
  #sort(column) {
    const {column: last, isDescending} = this.#sorting;
    const first = !column.isText;
    if (last !== column) this.#sorting = {column, isDescending: first};
    else if (isDescending === first) this.#sorting = {column, isDescending: !first};
    else this.#sorting = {column: null, isDescending: false};
    for (const [one, head] of this.#heads) {
      const direction = this.#sorting.isDescending ? 'descending' : 'ascending';
      head.setAttribute('aria-sort', one === this.#sorting.column ? direction : 'none');
    }
    this.#redraw(true);
  }

  #redraw(isOrderAsked) {
    if (!this.#shown) return;
    const {rows, total} = this.#shown;
    const found = this.#filtered(rows);
    const byKey = new Map(found.map((row) => [row.key, row]));
    this.#order = this.#isInUse && !isOrderAsked ? this.#keptOrder(byKey) : this.#sorted(found);
    this.#place(byKey);
    this.#sum.draw(total, this.#chosen === null);
    const count = `${rows.length} ${rows.length === 1 ? 'isolate' : 'isolates'}`;
    setText(this.#count, found.length === rows.length ? count : `${found.length} of ${count}`);
  }

  #filtered(rows) {
    const words = this.#filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return rows;
    return rows.filter((row) => {
      const text = `${row.name} ${row.state} ${row.runs ?? ''}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  #sorted(rows) {
    const {column, isDescending} = this.#sorting;
    const ordered = [...rows];
    if (column) ordered.sort((a, b) => compare(column.of(a), column.of(b), isDescending) || a.index - b.index);
    return ordered.map((row) => row.key);
  }

  // Rows don't move away below the pointer or the keyboard: a click would hit another isolate.
  get #isInUse() {
    return this.#body.matches(':hover') || this.#body.contains(document.activeElement);
  }

  #keptOrder(byKey) {
    const kept = this.#order.filter((key) => byKey.has(key));
    const known = new Set(kept);
    return [...kept, ...[...byKey.keys()].filter((key) => !known.has(key))];
  }

  #place(byKey) {
    const focused = this.#body.contains(document.activeElement) ? document.activeElement : null;
    for (const [key, row] of this.#rows) {
      if (byKey.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
    const isDue = this.#chooseDue();
    this.#order.forEach((key, at) => {
      const known = this.#rows.get(key);
      const row = known ?? this.#add(byKey.get(key));
      if (!known || isDue(at)) row.draw(byKey.get(key), key === this.#chosen);
      if (this.#body.children[at] !== row.element) this.#body.insertBefore(row.element, this.#body.children[at] ?? null);
    });
    // An element that is moved loses the focus, and so does one that is gone.
    if (!focused || focused === document.activeElement) return;
    if (this.#body.contains(focused)) focused.focus({preventScroll: true});
    else this.#filter.focus({preventScroll: true});
  }

  // A page pays for each cell that changes. Rows that are scrolled out of sight take turns.
  #chooseDue() {
    const height = this.#body.offsetHeight / (this.#body.children.length || 1);
    const first = this.#box.scrollTop / height - AROUND;
    const last = (this.#box.scrollTop + this.#box.clientHeight) / height + AROUND;
    const turn = this.#turn < this.#order.length ? this.#turn : 0;
    this.#turn = turn + IN_TURN;
    return (at) => (at >= first && at <= last) || (at >= turn && at < turn + IN_TURN);
  }

  #add(row) {
    const made = new Row(row, () => this.#onChoose(row.key === this.#chosen ? null : row.key), this.#live);
    this.#rows.set(row.key, made);
    return made;
  }
}
