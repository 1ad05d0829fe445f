// How much of its limits an isolate uses: bars with the thresholds, and the same in words.
import {make, setText} from './dom.js';

const THRESHOLDS = [75, 90];

export class Meters {
  #meters = new Map(); // of a limit's name
  element = make('div', {class: 'isolates-meters'});

  draw(limits, isStale) {
    for (const limit of limits) {
      if (!this.#meters.has(limit.name)) {
        const meter = new Meter(limit.name);
        this.#meters.set(limit.name, meter);
        this.element.append(meter.element);
      }
      this.#meters.get(limit.name).draw(limit, isStale);
    }
    this.element.hidden = !limits.length;
  }
}

class Meter {
  #bar = make('div', {class: 'isolates-fill'});
  #text = make('span');
  #meter;

  constructor(name) {
    const ticks = THRESHOLDS.map((percent) => make('i', {class: 'isolates-tick', style: `left: ${percent}%`}));
    this.#meter = make('div', {class: 'isolates-meter', role: 'meter', 'aria-label': name, 'aria-valuemin': '0'}, this.#bar, ...ticks);
    const words = make('div', {class: 'isolates-meter-words'}, make('span', {}, name), this.#text);
    this.element = make('div', {}, words, this.#meter);
  }

  draw(limit, isStale) {
    const percent = limit.of ? (100 * limit.used) / limit.of : 0;
    const text = `${isStale ? '~' : ''}${limit.text} (${percent.toFixed(0)} %)`;
    this.#bar.style.width = `${Math.min(100, percent)}%`;
    this.#meter.dataset.level = limit.level;
    this.#meter.setAttribute('aria-valuemax', limit.of);
    this.#meter.setAttribute('aria-valuenow', limit.used);
    this.#meter.setAttribute('aria-valuetext', text);
    this.#text.className = limit.level ? `isolates-${limit.level}` : '';
    setText(this.#text, text);
  }
}
