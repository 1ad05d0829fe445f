// Who holds what of an isolate, and a button that lets it go.
import {make, setText} from './dom.js';
import {List} from './list.js';
import {plainText} from './texts.js';

const SHOWN_MS = 15000;

export class References {
  #live;
  #key = '';
  #list = new List('References', [['kind'], ['type'], ['held by', 'short'], ['count', 'number'], ['', 'long']]);
  #releases = new Map(); // of a group's id
  #answer = make('p', {class: 'isolates-faint', role: 'status'});
  #timer = 0;

  constructor(live) {
    this.#live = live;
    this.element = this.#list.element;
    this.element.append(this.#answer);
  }

  /// `key`: which isolate, for the kernel.
  draw(groups, key) {
    if (key !== this.#key) {
      this.#key = key;
      this.#releases.clear();
      this.#answer.replaceChildren();
    }
    this.#list.draw(groups.map((group) => {
      const texts = [group.kind, group.type, group.holder].map((text) => plainText(text));
      return {key: `${key} ${group.id}`, cells: [...texts, String(group.handles), this.#release(group)]};
    }));
  }

  #release(group) {
    if (!group.can_release) return '';
    let release = this.#releases.get(group.id);
    if (!release) {
      release = new Release(() => this.#act(group));
      this.#releases.set(group.id, release);
    }
    release.about = `${group.handles} of ${plainText(group.kind)} ${plainText(group.type)}, held by ${plainText(group.holder)}`;
    return release.element;
  }

  #act(group) {
    this.#live.act('release', {key: this.#key, group: group.id}, (answer) => {
      clearTimeout(this.#timer);
      const isFailed = answer.state === 'failed';
      this.#answer.className = isFailed ? 'isolates-error' : 'isolates-faint';
      setText(this.#answer, `${isFailed ? 'Failed: ' : ''}${plainText(answer.text, 300)}`);
      this.#timer = setTimeout(() => this.#answer.replaceChildren(), SHOWN_MS);
    });
  }
}

/// A button that asks once more, in its place: whoever holds the references can't use them any more.
class Release {
  #button = make('button', {type: 'button', onclick: () => this.#ask()}, 'Release');
  #onYes;
  element = make('span', {class: 'isolates-release'}, this.#button);

  constructor(onYes) {
    this.#onYes = onYes;
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.#button.isConnected) return;
      event.stopPropagation();
      this.#close();
    });
  }

  set about(text) {
    this.#button.title = `Release ${text}`;
    this.#button.setAttribute('aria-label', `Release ${text}`);
  }

  #ask() {
    const keep = make('button', {type: 'button', onclick: () => this.#close()}, 'Keep');
    const yes = make('button', {type: 'button', class: 'isolates-final', onclick: () => this.#yes()}, 'Release');
    this.element.replaceChildren('Their holders get errors. ', yes, ' ', keep);
    keep.focus();
  }

  #yes() {
    this.#close();
    this.#onYes();
  }

  #close() {
    this.element.replaceChildren(this.#button);
    this.#button.focus();
  }
}
