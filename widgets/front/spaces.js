// V8's heap spaces: a bar for each, as long as it is large, and its numbers.
import {make, setText} from './dom.js';
import {List} from './list.js';
import {plainText, sizeText, timeText} from './texts.js';

const NUMBERS = ['used', 'size', 'available', 'physical'];

export class Spaces {
  #list = new List('Heap spaces', [['space', 'share'], ...NUMBERS.map((name) => [name, 'number'])]);
  #bars = new Map(); // of a space's name: it, and below its bar
  #note = make('p', {class: 'isolates-faint'});

  constructor() {
    this.element = this.#list.element;
    this.element.append(this.#note);
  }

  draw({rows, stale, age_s}) {
    const filled = rows.filter(([, size]) => size > 0);
    const largest = Math.max(1, ...filled.map(([, size]) => size));
    const about = stale ? '~' : '';
    this.#list.draw(filled.map(([name, size, used, available, physical]) => {
      const sizes = [used, size, available, physical].map((number) => about + sizeText(number));
      return {key: name, cells: [this.#bar(name, size / largest, used / size), ...sizes]};
    }));
    const empty = rows.length - filled.length;
    const notes = stale ? [`~ what was known ${timeText(age_s)} ago: the isolate is busy`] : [];
    if (empty) notes.push(empty === 1 ? 'one other space is empty' : `${empty} other spaces are empty`);
    setText(this.#note, notes.join('; '));
  }

  #bar(name, share, usedShare) {
    let place = this.#bars.get(name);
    if (!place) {
      const bar = make('div', {class: 'isolates-space', 'aria-hidden': 'true'}, make('div', {class: 'isolates-used'}));
      place = make('div', {}, plainText(name), bar);
      this.#bars.set(name, place);
    }
    const bar = place.lastChild;
    bar.style.width = `${Math.max(1, 100 * share)}%`;
    bar.firstChild.style.width = `${Math.min(100, 100 * usedShare)}%`;
    return place;
  }
}
