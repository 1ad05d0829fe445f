// The table of all jobs, of which one is shown below it.
import {make, setText} from './dom.js';
import {stateText} from './job_state.js';
import {timeText} from './texts.js';

const HEADS = ['job', 'isolates', 'state', '', 'time', 'code'];

/// `choose(job)`: the user wants to see the job with this number.
export function jobList(choose) {
  const body = make('tbody');
  const head = make('tr', {}, ...HEADS.map((text) => make('th', {scope: 'col', 'data-head': text}, text)));
  const table = make('table', {'aria-label': 'Jobs'}, make('thead', {}, head), body);
  const rows = new Map(); // by number

  function makeRow(job) {
    const cells = HEADS.map(() => make('td'));
    const button = make('button', {type: 'button', onclick: () => choose(job.job)}, job.label);
    cells[0].append(button);
    cells[4].className = 'isolates-job-number';
    cells[5].className = 'isolates-job-code';
    return {element: make('tr', {}, ...cells), button, cells};
  }

  return {
    element: make('div', {class: 'isolates-job-list'}, table),
    draw(jobs, chosen) {
      const known = new Set(jobs.map((job) => job.job));
      for (const [number, row] of rows) {
        if (known.has(number)) continue;
        row.element.remove();
        rows.delete(number);
      }
      let place = body.firstChild;
      for (const job of jobs) {
        if (!rows.has(job.job)) rows.set(job.job, makeRow(job));
        const {element, button, cells} = rows.get(job.job);
        if (element === place) place = place.nextSibling;
        else body.insertBefore(element, place);
        button.setAttribute('aria-pressed', String(job.job === chosen));
        setText(cells[1], job.isolates);
        stateText(cells[2], job.state);
        setText(cells[3], job.of > 1 ? job.counts : '');
        setText(cells[4], timeText(job.seconds));
        setText(cells[5], job.code);
      }
    },
  };
}
