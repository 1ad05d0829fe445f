// A small table below its title, whose rows stay the same elements as long as their keys do.
import {make, setText} from './dom.js';

export class List {
  #rows = new Map(); // key to the row and its cells
  #body = make('tbody');
  #heads;

  /// `heads`: [text, kind of the column], which is 'number', or 'long' where words may break, or 'short' where the end
  /// may be left out; else no text breaks.
  /// Without rows nothing is to be seen of it.
  constructor(title, heads) {
    this.#heads = heads;
    const head = make('tr', {}, ...heads.map(([text], at) => make('th', {scope: 'col', class: this.#classOf(at)}, text)));
    const table = make('table', {class: 'isolates-list', 'aria-label': title}, make('thead', {}, head), this.#body);
    this.element = make('details', {class: 'isolates-part', open: '', hidden: ''}, make('summary', {}, title), table);
  }

  /// `rows`: [{key, cells}], a cell is a text or an element.
  draw(rows) {
    this.element.hidden = !rows.length;
    const before = this.#rows;
    this.#rows = new Map();
    rows.forEach(({key, cells}, at) => {
      const row = before.get(key) ?? this.#makeRow(cells.length);
      before.delete(key);
      this.#rows.set(key, row);
      cells.forEach((cell, place) => fill(row.cells[place], cell));
      const there = this.#body.children[at] ?? null;
      if (there !== row.element) this.#body.insertBefore(row.element, there);
    });
    for (const row of before.values()) row.element.remove();
  }

  #makeRow(count) {
    const cells = Array.from({length: count}, (_, at) => make('td', {class: this.#classOf(at)}));
    return {cells, element: make('tr', {}, ...cells)};
  }

  #classOf(at) {
    const [, kind] = this.#heads[at];
    return kind ? `isolates-${kind}` : null;
  }
}

function fill(place, cell) {
  if (typeof cell !== 'string') {
    if (place.firstChild !== cell) place.replaceChildren(cell);
    return;
  }
  setText(place, cell);
  if (place.classList.contains('isolates-short') && place.title !== cell) place.title = cell;
}
