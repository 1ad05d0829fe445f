// One job: its state, its isolates, its output.
import {make, setText} from './dom.js';
import {outputBox} from './job_output.js';
import {progressBar, stateText} from './job_state.js';
import {timeText} from './texts.js';

const HEADS = ['isolate', 'state', 'time', 'error', ''];

/// `act(action, argumentsOf, onAnswer)` as of live.js.
export function jobDetails(act) {
  let job = null;
  let names = null;
  let rows = [];
  const label = make('strong');
  const state = make('span', {role: 'status'});
  const counts = make('span', {class: 'isolates-job-counts'});
  const time = make('span', {class: 'isolates-job-number'});
  const answer = make('span', {role: 'status'});
  const cancel = make('button', {type: 'button', onclick: () => ask('cancel', {}, cancel)}, 'Cancel');
  const bar = progressBar();
  const code = make('pre', {class: 'isolates-job-code', tabindex: 0});
  const body = make('tbody');
  const head = make('tr', {}, ...HEADS.map((text) => make('th', {scope: 'col', 'data-head': text}, text)));
  const more = make('p');
  const output = outputBox();
  const table = make('table', {}, make('thead', {}, head), body);

  // A button rests until its job has ended, or until it can be pressed again.
  function ask(action, argumentsOf, button) {
    button.disabled = true;
    act(action, {job: job.job, ...argumentsOf}, ({state: how, text}) => {
      answer.className = how === 'failed' ? 'isolates-error' : '';
      setText(answer, text);
      button.disabled = how === 'begun';
    });
  }

  function makeRow({name}) {
    const cells = HEADS.map(() => make('td'));
    cells[2].className = 'isolates-job-number';
    cells[3].className = 'isolates-job-problem';
    const stop = make('button', {type: 'button', 'aria-label': `Stop ${name}`}, 'Stop');
    stop.addEventListener('click', () => ask('stop', {isolate: name}, stop));
    cells[0].textContent = name;
    cells[4].append(stop);
    return {element: make('tr', {}, ...cells), cells, stop};
  }

  function drawParts(parts) {
    const now = JSON.stringify([job.job, parts.map((part) => part.name)]);
    if (now !== names) {
      names = now;
      rows = parts.map(makeRow);
      body.replaceChildren(...rows.map((row) => row.element));
    }
    parts.forEach((part, place) => {
      const {cells, stop} = rows[place];
      stateText(cells[1], part.state);
      setText(cells[2], part.seconds === null ? '' : timeText(part.seconds));
      setText(cells[3], part.error);
      // It keeps its room: rows must not move below the pointer.
      const isActive = part.state === 'queued' || part.state === 'running';
      stop.style.visibility = isActive ? 'visible' : 'hidden';
      stop.hidden = job.of === 1;
    });
  }

  return {
    element: make(
      'section', {}, make('div', {class: 'isolates-job-head'}, label, state, counts, time, answer, cancel),
      bar.element, code, make('div', {class: 'isolates-job-parts'}, table), more, output.element,
    ),
    draw(next) {
      if (next.job !== job?.job) {
        setText(answer, '');
        cancel.disabled = false;
        output.clear();
      }
      job = next;
      setText(label, job.label);
      stateText(state, job.state);
      setText(counts, job.of > 1 ? job.counts : '');
      setText(time, timeText(job.seconds));
      cancel.style.visibility = job.hasEnded ? 'hidden' : 'visible';
      cancel.setAttribute('aria-label', `Cancel ${job.label.toLowerCase()}`);
      bar.draw(job, job.label);
      setText(code, job.code);
      code.setAttribute('aria-label', `Code of ${job.label.toLowerCase()}`);
      table.setAttribute('aria-label', `Isolates of ${job.label.toLowerCase()}`);
      drawParts(job.parts);
      more.hidden = !job.more;
      setText(more, `and ${job.more} isolates more`);
      output.draw(job.tail, `Output of ${job.label.toLowerCase()}`);
    },
  };
}
