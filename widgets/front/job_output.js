// The end of what a job has printed, in a box that stays where its reader has put it.
import {make, setText} from './dom.js';

const NEAR_PX = 8;
const PROBE = 200; // signs by which the text that is left is found in what there was

export function outputBox() {
  let isAtEnd = true; // as its reader has left it; a change of fonts is no scrolling
  const box = make('pre', {tabindex: 0});
  box.addEventListener('scroll', () => {
    isAtEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - NEAR_PX;
  });
  const title = make('div', {class: 'isolates-job-title'}, 'output, the last of it');
  const element = make('div', {class: 'isolates-job-output'}, title, box);

  // Lines that the box lost at its top.
  function lostLines(before, after) {
    const place = before.indexOf(after.slice(0, PROBE));
    return place < 1 ? 0 : before.slice(0, place).split('\n').length - 1;
  }

  function isSelected() {
    const selection = getSelection();
    return selection && !selection.isCollapsed && box.contains(selection.anchorNode);
  }

  return {
    element,
    clear() {
      setText(box, '');
      isAtEnd = true;
    },
    draw(text, label) {
      element.hidden = !text;
      box.setAttribute('aria-label', label);
      const before = box.textContent;
      // What is marked to be copied stays until it is not.
      if (text === before || isSelected()) return;
      const lineHeight = box.scrollHeight / Math.max(1, before.split('\n').length);
      const top = box.scrollTop - lostLines(before, text) * lineHeight;
      box.textContent = text;
      box.scrollTop = isAtEnd ? box.scrollHeight : Math.max(0, top);
    },
  };
}
