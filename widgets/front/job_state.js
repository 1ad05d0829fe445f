// The state of a job or of a part of it: a word, and a colour beside it.
import {make, setText} from './dom.js';

export function stateText(element, state) {
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  setText(element, state);
}

/// A bar that says how many parts are in which state. `draw(parts, counts)`: the parts, and the same in words.
export function progressBar() {
  const pieces = ['done', 'failed', 'cancelled', 'running'].map((state) => make('div', {'data-state': state}));
  const element = make('div', {class: 'isolates-job-bar', role: 'progressbar', 'aria-valuemin': 0}, ...pieces);
  return {
    element,
    draw(job, label) {
      const {states, of} = job;
      for (const piece of pieces) {
        const share = `${(100 * (states[piece.dataset.state] ?? 0)) / of}%`;
        if (piece.style.width !== share) piece.style.width = share;
      }
      element.setAttribute('aria-label', label);
      element.setAttribute('aria-valuemax', of);
      element.setAttribute('aria-valuenow', job.ended);
      element.setAttribute('aria-valuetext', job.counts);
    },
  };
}
