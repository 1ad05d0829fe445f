// A table of figures that do not change: sorted by any column, filtered, some rows with more below them. Texts are hostile.
import './figures.css';
import {make, setText} from './dom.js';

const MOST_ROWS = 200;

export class Figures {
  #columns;
  #rows = [];
  #shown = MOST_ROWS;
  #sorting;
  #heads = new Map();
  #open = new Set(); // rows whose more is shown
  #filter;
  #count = make('span', {class: 'isolates-count', role: 'status'});
  #body = make('tbody');
  #more = make('button', {type: 'button', onclick: () => this.#showMore()}, 'Show more');
  #textOf;
  #hasMore;
  #moreOf;
  #nouns;

  /// `columns`: {id, label, about, of(row): what is sorted, text(value, row), isText, bar(row): share from -1 to 1,
  /// onClick(row)}. `textOf(row)`: what the filter looks at. `hasMore(row)`: it can be opened, `moreOf(row)` makes what is below it.
  constructor({label, columns, nouns, sortedBy, textOf, hasMore = () => false, moreOf}) {
    this.#columns = columns;
    this.#textOf = textOf;
    this.#hasMore = hasMore;
    this.#moreOf = moreOf;
    this.#nouns = nouns;
    this.#sorting = {column: columns.find((column) => column.id === sortedBy), isDescending: true};
    this.#filter = make('input', {type: 'search', placeholder: `Filter ${nouns}`, 'aria-label': `Filter ${nouns}`});
    this.#filter.addEventListener('input', () => this.#draw());
    const heads = make('tr', {}, ...columns.map((column) => this.#makeHead(column)));
    const table = make('table', {'aria-label': label}, make('thead', {}, heads), this.#body);
    this.element = make(
      'div', {class: 'isolates-figures'},
      make('div', {class: 'isolates-figures-bar'}, this.#filter, this.#count),
      make('div', {class: 'isolates-figures-table', role: 'region', 'aria-label': label, tabindex: '0'}, table, this.#more),
    );
  }

  show(rows) {
    this.#rows = rows;
    this.#open.clear();
    this.#draw();
  }

  #makeHead(column) {
    const button = make('button', {type: 'button', title: column.about, onclick: () => this.#sort(column)}, column.label);
    const head = make('th', {scope: 'col', class: column.isText ? 'isolates-text' : null}, button);
    this.#heads.set(column, head);
    return head;
  }

  #sort(column) {
    const {column: last, isDescending} = this.#sorting;
    this.#sorting = {column, isDescending: last === column ? !isDescending : !column.isText};
    this.#draw();
  }

  #showMore() {
    const first = this.#shown;
    this.#shown += MOST_ROWS;
    this.#draw();
    this.#body.children[first]?.querySelector('button')?.focus();
  }

  #draw() {
    const {column: by, isDescending} = this.#sorting;
    for (const [column, head] of this.#heads) {
      head.setAttribute('aria-sort', column !== by ? 'none' : isDescending ? 'descending' : 'ascending');
    }
    const found = this.#filtered();
    const sign = isDescending ? -1 : 1;
    found.sort((one, other) => sign * compare(by.of(one), by.of(other)));
    this.#body.replaceChildren(...found.slice(0, this.#shown).flatMap((row) => this.#makeRow(row)));
    this.#more.hidden = found.length <= this.#shown;
    const all = `${this.#rows.length.toLocaleString('en')} ${this.#nouns}`;
    setText(this.#count, found.length === this.#rows.length ? all : `${found.length.toLocaleString('en')} of ${all}`);
  }

  #filtered() {
    const words = this.#filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    return this.#rows.filter((row) => {
      const text = this.#textOf(row).toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  #makeRow(row) {
    const element = make('tr', {}, ...this.#columns.map((column) => this.#makeCell(column, row, () => element)));
    return this.#open.has(row) ? [element, this.#makeMore(row)] : [element];
  }

  #makeCell(column, row, elementOf) {
    const text = column.text(column.of(row), row);
    const cell = make(column.isHead ? 'th' : 'td', {class: column.isText ? 'isolates-text' : null, scope: column.isHead ? 'row' : null});
    if (column.bar) cell.append(barOf(column.bar(row)));
    const content = make('span', {class: 'isolates-figure', title: column.isText ? text : null}, text);
    if (column.onClick) cell.append(make('button', {type: 'button', class: 'isolates-plain', onclick: () => column.onClick(row)}, content));
    else if (column.isHead && this.#hasMore(row)) cell.append(this.#makeOpener(row, content, elementOf));
    else cell.append(content);
    return cell;
  }

  #makeOpener(row, content, elementOf) {
    const opener = make('button', {type: 'button', class: 'isolates-plain isolates-opener', 'aria-expanded': this.#open.has(row)}, content);
    opener.addEventListener('click', () => {
      const isOpen = !this.#open.delete(row);
      if (isOpen) {
        this.#open.add(row);
        elementOf().after(this.#makeMore(row));
      } else {
        elementOf().nextElementSibling.remove();
      }
      opener.setAttribute('aria-expanded', isOpen);
    });
    return opener;
  }

  #makeMore(row) {
    return make('tr', {class: 'isolates-more'}, make('td', {colspan: this.#columns.length}, this.#moreOf(row)));
  }
}

// To the right what is more, to the left what is less.
function barOf(share) {
  const width = Math.min(1, Math.abs(share)) * 100;
  const side = share < 0 ? 'isolates-less' : 'isolates-grown';
  return make('span', {class: `isolates-figure-bar ${side}`, style: `--share: ${width.toFixed(1)}%`, 'aria-hidden': 'true'});
}

function compare(one, other) {
  if (typeof one === 'number') return one - other;
  return one < other ? -1 : one > other ? 1 : 0;
}
