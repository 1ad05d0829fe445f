// A row of the table. It lives as long as its isolate, and only what has changed is changed.
import {Actions} from './actions.js';
import {COLUMNS, textOf, titleOf} from './columns.js';
import {make} from './dom.js';
import {plainText} from './texts.js';

export class Row {
  #cells = new Map(); // of a column to what its cell shows
  #name;
  #actions = null;
  #state = '';
  #isChosen = null;

  /// `row`: as in rows.js. `onChoose()`: its name was clicked. `live`: none for the row of the sums.
  constructor(row, onChoose, live) {
    const name = plainText(row.name);
    const attributes = {type: 'button', title: `${plainText(row.name, 1000)}: show in the chart`, onclick: onChoose};
    this.#name = make('button', attributes, make('bdi', {}, name));
    this.element = make('tr', {}, make('th', {scope: 'row'}, this.#name));
    for (const column of COLUMNS) {
      const cell = make('td', {'data-column': column.id});
      this.element.append(cell);
      this.#cells.set(column, {cell, text: '', title: '', level: ''});
    }
    if (live) this.#actions = new Actions(live, {key: row.key, name: row.name, isCompact: true});
    this.element.append(make('td', {class: 'isolates-last'}, ...(live ? [this.#actions.element] : [])));
  }

  draw(row, isChosen) {
    this.row = row;
    for (const column of COLUMNS) this.#drawCell(column, row);
    if (row.key === null && this.#name.textContent !== row.name) this.#name.textContent = row.name;
    if (row.state !== this.#state) {
      this.#state = row.state;
      this.element.dataset.state = row.state;
      if (this.#actions) this.#actions.isGone = row.state === 'gone';
    }
    if (isChosen !== this.#isChosen) {
      this.#isChosen = isChosen;
      this.#name.setAttribute('aria-pressed', String(isChosen));
    }
  }

  focus() {
    this.#name.focus({preventScroll: true});
  }

  #drawCell(column, row) {
    const shown = this.#cells.get(column);
    const text = textOf(column, row);
    const level = column.level?.(row) ?? '';
    const title = titleOf(column, row);
    if (text !== shown.text) shown.cell.textContent = shown.text = text;
    if (title !== shown.title) shown.cell.title = shown.title = title;
    if (level === shown.level) return;
    shown.level = level;
    shown.cell.className = level && `isolates-${level}`;
  }
}
