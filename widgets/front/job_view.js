// JobView: how far jobs are, what they have printed, and buttons that end them.
import './base.css';
import './job_view.css';
import {make} from './dom.js';
import {jobDetails} from './job_details.js';
import {jobList} from './job_list.js';
import {live} from './live.js';

export default live({
  makeState: () => ({content: null}),
  take(state, frame) {
    state.content = frame;
  },
  makeView({state, el, live: one}) {
    const nothing = make('p', {}, 'No job');
    const list = jobList((job) => one.act('choose', {job}, () => {}));
    const details = jobDetails((action, argumentsOf, onAnswer) => one.act(action, argumentsOf, onAnswer));
    el.append(make('div', {class: 'isolates-jobs'}, nothing, list.element, details.element));
    return () => {
      const {jobs, chosen, isList} = state.content;
      nothing.hidden = chosen !== null;
      list.element.hidden = !isList || chosen === null;
      details.element.hidden = chosen === null;
      if (isList) list.draw(jobs, chosen?.job);
      if (chosen) details.draw(chosen);
    };
  },
});
