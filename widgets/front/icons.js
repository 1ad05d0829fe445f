// Small pictures for buttons. They say nothing to screen readers: the buttons have labels.

const SVG = 'http://www.w3.org/2000/svg';

// 16 by 16, drawn with lines of the text's colour.
const PATHS = {
  gc: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4',
  interrupt: 'M4 4h8v8h-8z',
  heap_snapshot: 'M2.5 5h3l1-1.5h3l1 1.5h3v7.5h-11zM8 6.5a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 1 0 0-4.4',
  cpu_profile: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3l2.2 1.6',
  dispose: 'M4 4l8 8M12 4l-8 8',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  resume: 'M5 3.5l7 4.5l-7 4.5z',
};

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({viewBox: '0 0 16 16', class: 'isolates-icon', 'aria-hidden': 'true'})) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
