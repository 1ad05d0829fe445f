// The numbers of one isolate, each below its name.
import {make, setText} from './dom.js';
import {percentText} from './plots.js';
import {growthText, sizeText, timeText} from './texts.js';

// Name, whether it is of the heap (and as old as that), the text, and what it means.
const FACTS = [
  ['used', true, (of) => known(of.point.used, sizeText), 'V8\'s heap: what is used of it'],
  ['total', true, (of) => known(of.point.total, sizeText), 'V8\'s heap: what V8 has taken for it'],
  ['physical', true, (of) => known(of.physical, sizeText), 'V8\'s heap: what is in the machine\'s memory of it'],
  ['external', true, (of) => known(of.point.external, sizeText), 'Buffers and the like beside the heap'],
  ['malloced', true, (of) => known(of.malloced, sizeText), 'What V8 has taken for itself'],
  ['growth per second', true, (of) => known(of.growth_per_s, growthText), 'Of heap and buffers, over the last 10 s'],
  ['most', true, (of) => known(of.high_water, sizeText), 'Heap and buffers, when somebody looked'],
  ['wall', false, (of) => known(of.point.wall_s, timeText), 'Time that JavaScript has run'],
  ['CPU', false, (of) => known(of.point.cpu_s, timeText), 'Time that JavaScript has had a core'],
  ['CPU now', false, (of) => known(of.point.cpu_percent, percentText), 'How much of a core it takes'],
  ['references', false, (of) => String(of.references), 'Handles that exist outside to values inside'],
  ['native contexts', true, (of) => String(of.native_contexts), 'Contexts of V8\'s, also those that have no name'],
];
const AT_THE_END = new Set(['wall', 'CPU']);

export class Facts {
  #values = FACTS.map(() => make('div', {class: 'isolates-figure'}));
  #age = make('p', {class: 'isolates-faint', hidden: ''});

  constructor() {
    const pairs = FACTS.map(([name, , , title], at) => make('div', {role: 'listitem', title}, make('div', {class: 'isolates-faint'}, name), this.#values[at]));
    this.element = make('div', {}, make('div', {class: 'isolates-facts', role: 'list', 'aria-label': 'Figures'}, ...pairs), this.#age);
  }

  draw(frame, isGone) {
    FACTS.forEach(([name, isOfHeap, text], at) => {
      const value = isGone && !AT_THE_END.has(name) ? '–' : text(frame);
      setText(this.#values[at], frame.stale && isOfHeap && value !== '–' ? `~${value}` : value);
    });
    this.#age.hidden = !frame.stale;
    setText(this.#age, frame.stale ? `~ what was known ${timeText(frame.age_s)} ago: the isolate is busy` : '');
  }
}

function known(number, text) {
  return number === null ? '–' : text(number);
}
