// What is conspicuous, in words.
import './diagnosis.css';
import {make, setText} from './dom.js';
import {plainText} from './texts.js';

const QUIET_MS = 10000;
const WORDS = {error: 'Error: ', warn: 'Warning: ', info: ''};

export class Diagnosis {
  #list = make('ul', {});
  #spoken = make('div', {class: 'isolates-unseen', role: 'status', 'aria-live': 'polite'});
  #known = '';
  #spokenMs = -Infinity;

  constructor() {
    this.element = make('div', {class: 'isolates-diagnosis'}, this.#list, this.#spoken);
  }

  /// `quiet`: what is said if nothing is conspicuous.
  draw(found, quiet = 'No isolate needs attention') {
    const shown = found.map(({level, text}) => ({level, text: `${WORDS[level] ?? ''}${plainText(text, 200)}`}));
    if (!found.length && quiet) shown.push({level: 'none', text: quiet});
    while (this.#list.children.length > shown.length) this.#list.lastChild.remove();
    shown.forEach(({level, text}, at) => {
      const item = this.#list.children[at] ?? this.#list.appendChild(make('li'));
      const kind = level === 'error' || level === 'warn' ? `isolates-${level}` : 'isolates-faint';
      if (item.className !== kind) item.className = kind;
      setText(item, text);
    });
    this.#speak(found, shown);
  }

  // Figures change each second: a screen reader hears only of something else, and not often.
  #speak(found, shown) {
    const now = performance.now();
    const known = found.map(({key, level, text}) => `${key} ${level} ${text.replace(/[\d.]+/g, '')}`).join('\n');
    if (known === this.#known || now - this.#spokenMs < QUIET_MS) return;
    this.#known = known;
    this.#spokenMs = now;
    setText(this.#spoken, shown.map(({text}) => text).join('. '));
  }
}
