// Buttons for one isolate, and what came of them beside the buttons; the other half is ../actions.py.
import './actions.css';
import {download, make, setText} from './dom.js';
import {icon} from './icons.js';
import {plainText} from './texts.js';

const SHOWN_MS = 15000;

const ACTIONS = [
  {name: 'gc', label: 'Collect garbage', title: 'Collect garbage'},
  {name: 'interrupt', label: 'Interrupt', title: 'Interrupt what runs'},
  {
    name: 'heap_snapshot', label: 'Heap snapshot',
    title: 'Download a heap snapshot, for the Memory panel of Chrome DevTools',
  },
  {
    name: 'cpu_profile', label: 'CPU profile', with: {seconds: 5},
    title: 'Record what runs for 5 s and download it, for the Performance panel of Chrome DevTools',
  },
  {name: 'dispose', label: 'Dispose', title: 'Dispose: it ends for good', isFinal: true},
];

export class Actions {
  #live;
  #key;
  #name;
  #buttons = new Map(); // of an action's name
  #running = new Set(); // actions that are not done
  #answer = make('span', {class: 'isolates-answer', role: 'status'});
  #timer = 0;
  #unsaid = null; // while a question is there: the answer to show after it
  #isAsking = false;
  #isGone = false;

  /// `key`: which isolate, for the kernel. `isCompact`: icons alone, and answers laid over what is left of them.
  constructor(live, {key, name, isCompact = false}) {
    this.#live = live;
    this.#key = key;
    this.#name = plainText(name, 40);
    for (const action of ACTIONS) this.#buttons.set(action.name, this.#makeButton(action, isCompact));
    const kind = isCompact ? 'isolates-actions isolates-compact' : 'isolates-actions';
    this.element = make('div', {class: kind, role: 'group', 'aria-label': `Actions for ${this.#name}`});
    this.element.append(...this.#buttons.values(), this.#answer);
  }

  /// There is nothing to do with an isolate that is gone.
  set isGone(isGone) {
    if (isGone === this.#isGone) return;
    this.#isGone = isGone;
    this.#enable();
  }

  #makeButton(action, isCompact) {
    const does = () => (action.isFinal ? this.#confirm(action) : this.#act(action));
    const attributes = {type: 'button', 'data-action': action.name, title: action.title, onclick: does};
    if (isCompact) attributes['aria-label'] = `${action.label}: ${this.#name}`;
    return make('button', attributes, icon(action.name), ...(isCompact ? [] : [action.label]));
  }

  // Not `disabled`: the keyboard's place would be lost with the first click.
  #enable() {
    for (const [name, button] of this.#buttons) {
      const isOff = this.#isGone || this.#running.has(name);
      if (isOff) button.setAttribute('aria-disabled', 'true');
      else button.removeAttribute('aria-disabled');
    }
  }

  #act(action) {
    if (this.#isGone || this.#running.has(action.name)) return;
    this.#running.add(action.name);
    this.#enable();
    this.#show('…', '');
    const parts = [];
    this.#live.act(action.name, {key: this.#key, ...action.with}, (answer, buffers) => {
      parts.push(...(buffers ?? []));
      if (answer.state !== 'begun') {
        this.#running.delete(action.name);
        this.#enable();
      }
      if (answer.state === 'done' && answer.file) download(answer.file, parts, answer.type);
      this.#show(answer.text || answer.state, answer.state);
    });
  }

  #show(text, state) {
    if (this.#isAsking) {
      // A question stays until it is answered: it has the keyboard, and its buttons are below the pointer.
      this.#unsaid = [text, state];
      return;
    }
    clearTimeout(this.#timer);
    const isFailed = state === 'failed';
    const shown = plainText(text, 300);
    this.#answer.classList.toggle('isolates-error', isFailed);
    this.#answer.title = shown;
    setText(this.#answer, isFailed ? `Failed: ${shown}` : shown);
    if (state === 'done' || isFailed) this.#timer = setTimeout(() => this.#answer.replaceChildren(), SHOWN_MS);
  }

  /// Asks in the page, where it was pressed: a dialog of the browser would stop the whole page.
  #confirm(action) {
    if (this.#isGone || this.#running.has(action.name)) return;
    clearTimeout(this.#timer);
    this.#isAsking = true;
    const close = () => {
      this.#isAsking = false;
      this.#answer.replaceChildren();
      this.#buttons.get(action.name).focus();
      if (this.#unsaid) this.#show(...this.#unsaid);
      this.#unsaid = null;
    };
    const yes = () => {
      close();
      this.#act(action);
    };
    const keep = make('button', {type: 'button', onclick: close}, 'Keep');
    const question = make(
      'span', {class: 'isolates-question', role: 'alertdialog', 'aria-label': `${action.label} ${this.#name}?`},
      `${action.label} `, make('bdi', {}, `${this.#name}?`),
      make('button', {type: 'button', class: 'isolates-final', onclick: yes}, action.label), keep,
    );
    question.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      close();
    });
    this.#answer.classList.remove('isolates-error');
    this.#answer.title = '';
    this.#answer.replaceChildren(question);
    keep.focus();
  }
}
