// The page's half of live.py: frames in, looks and actions out. One `Live` for each model, whatever it has of views.
//
// A widget's entry module gives `live(...)` a function that takes frames into a state of its own, and one that
// makes a view of that state, and exports what comes back.
import {make} from './dom.js';

const HEARTBEAT_MS = 5000;

/// Default export of an entry module, for anywidget.
///
/// `makeState()`: what frames are taken into, once for each model.
/// `take(state, frame, buffers)`: a frame has come (buffers are DataViews); `frame.whole`: begin anew.
/// `makeView({state, el, live, signal})`: fills el, and gives `draw()`, which is called when the state is new and the
/// view is to be seen, at most once for each frame of the screen. `signal` aborts when the view is gone.
export function live({makeState, take, makeView}) {
  // anywidget calls it once for each model. The objects that stand for the model are others in each of these hooks.
  return () => {
    let one = null;
    return {
      initialize({model}) {
        one = new Live(model, makeState(), take);
        return () => one.close();
      },
      render({model, el}) {
        const ending = new AbortController();
        el.classList.add('isolates-widget');
        // JupyterLab's command mode would take keys that are for buttons: two d delete the cell. It asks the one with the
        // focus, not those around it.
        el.addEventListener('focusin', ({target}) => target.setAttribute('data-lm-suppress-shortcuts', 'true'));
        const draw = makeView({state: one.state, el, live: one, signal: ending.signal});
        const forget = one.addView(el, draw, hidden(model, el));
        return () => {
          forget();
          ending.abort();
        };
      },
    };
  };
}

class Live {
  #model;
  #take;
  #views = new Map(); // element to {id, draw, isSeen}
  #frame = 0;
  #hasNew = false;
  #animation = 0;
  #lastFrame = 0;
  #heartbeat = 0;
  #requests = new Map(); // number to what hears its answers
  // Each page of a notebook hears all answers, also those to what it asked before it was loaded again.
  #lastRequest = Math.floor(Math.random() * 2 ** 50);
  #isLost = false;
  #onVisibility = () => this.#lookAgain();

  constructor(model, state, take) {
    this.#model = model;
    this.#take = take;
    this.state = state;
    model.on('msg:custom', (content, buffers) => this.#hear(content, buffers));
    document.addEventListener('visibilitychange', this.#onVisibility);
  }

  /// Asks the kernel to do something. `onAnswer({state, text, ...}, buffers)` is called for each answer: perhaps
  /// `begun`, and then `done` or `failed`.
  act(action, argumentsOf, onAnswer) {
    const id = ++this.#lastRequest;
    this.#requests.set(id, onAnswer);
    this.#send({do: 'act', id, action, ...argumentsOf});
  }

  /// Draws the views that are to be seen, soon.
  redraw() {
    this.#hasNew = true;
    this.#animation ||= requestAnimationFrame(() => this.#draw());
  }

  /// `reveal`: called before it is drawn for the first time.
  addView(el, draw, reveal) {
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    const view = {id, draw, reveal, isSeen: false};
    this.#views.set(el, view);
    if (this.#isLost) sayLost(el);
    const observer = new IntersectionObserver((entries) => this.#see(view, entries.at(-1).isIntersecting));
    observer.observe(el);
    return () => {
      observer.disconnect();
      this.#see(view, false);
      this.#views.delete(el);
    };
  }

  close() {
    document.removeEventListener('visibilitychange', this.#onVisibility);
    clearTimeout(this.#heartbeat);
    cancelAnimationFrame(this.#animation);
  }

  #see(view, isInSight) {
    view.isInSight = isInSight;
    this.#look(view);
  }

  #lookAgain() {
    for (const view of this.#views.values()) this.#look(view);
  }

  #look(view) {
    const isSeen = view.isInSight && document.visibilityState === 'visible';
    if (isSeen === view.isSeen) return;
    view.isSeen = isSeen;
    if (isSeen) {
      this.#say(view);
      if (this.#frame) this.redraw();
    } else {
      this.#send({do: 'leave', view: view.id});
    }
    this.#beat();
  }

  #say(view) {
    this.#send({do: 'look', view: view.id, has: this.#frame});
  }

  // The kernel forgets views that say nothing, and does not know a page that has come back.
  #beat() {
    clearTimeout(this.#heartbeat);
    const seen = [...this.#views.values()].filter((view) => view.isSeen);
    if (!seen.length) return;
    this.#heartbeat = setTimeout(() => {
      if (performance.now() - this.#lastFrame >= HEARTBEAT_MS) seen.forEach((view) => this.#say(view));
      this.#beat();
    }, HEARTBEAT_MS);
  }

  // After a restart of the kernel the page still has the widget, which would look alive.
  #send(content) {
    try {
      this.#model.send(content);
    } catch {
      if (!this.#isLost) for (const el of this.#views.keys()) sayLost(el);
      this.#isLost = true;
      for (const id of [...this.#requests.keys()]) this.#answer({id, state: 'failed', text: 'the kernel is gone'}, []);
    }
  }

  #hear(content, buffers) {
    if (content.is === 'answer') return this.#answer(content, buffers);
    if (content.is !== 'frame') return;
    this.#frame = content.frame;
    this.#lastFrame = performance.now();
    this.#take(this.state, content, buffers);
    this.redraw();
  }

  #answer(content, buffers) {
    const onAnswer = this.#requests.get(content.id);
    if (content.state !== 'begun') this.#requests.delete(content.id);
    onAnswer?.(content, buffers);
  }

  #draw() {
    this.#animation = 0;
    if (!this.#hasNew) return;
    this.#hasNew = false;
    try {
      for (const view of this.#views.values()) {
        if (!view.isSeen) continue;
        view.reveal?.();
        view.reveal = null;
        view.draw();
      }
    } finally {
      // Only now, so a page that can't keep up gets fewer frames.
      if (this.#frame) this.#send({do: 'drawn', frame: this.#frame});
    }
  }
}

function sayLost(el) {
  const words = 'The kernel of this view is gone, and what it shows is old: run its cell again.';
  el.prepend(make('div', {class: 'isolates-warn', role: 'status'}, words));
}

// A page may have a widget and no kernel: of nbconvert's, or of a notebook that has kept its widgets. There the
// picture for saved notebooks is to be seen, and not the live view: until the first frame, which changes places.
function hidden(model, el) {
  // A class: ipywidgets has el's own style for layouts.
  el.classList.add('isolates-waits');
  return () => {
    el.classList.remove('isolates-waits');
    const style = document.createElement('style');
    style.textContent = `.isolates-snapshot[data-for="${CSS.escape(model.get('snapshot'))}"] {display: none}`;
    el.append(style);
  };
}
