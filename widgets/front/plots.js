// Which plots the chart has, and which lines of a History.
import {sizeText, timeText} from './texts.js';

const KB = 1024;
const MB = 1024 * KB;
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const MANY_MB = [1000, 2000, 5000, 10000, 20000, 50000];
const SIZE_STEPS = [...STEPS.map((step) => step * KB), ...[...STEPS, ...MANY_MB].map((step) => step * MB)];

/// Of each: its lines (`of` is a column of History), heights and axis in CSS pixels.
export const PLOTS = [
  {
    name: 'Memory',
    height: 132,
    text: sizeText,
    steps: SIZE_STEPS,
    range: memoryRange,
    lines: [
      {of: 'used', label: 'used', colour: 0, isFilled: true},
      {of: 'total', label: 'total', colour: 1},
      {of: 'external', label: 'external', colour: 2},
      {of: 'limit', label: 'limit', colour: 'error', dash: [5, 4]},
    ],
  },
  {
    name: 'CPU',
    height: 58,
    text: percentText,
    steps: [5, 10, 25, 50, 100, 200, 400, 800],
    range: (most) => [0, Math.max(100, most.cpu_percent) * 1.04],
    lines: [{of: 'cpu_percent', label: 'use', colour: 4, isFilled: true}],
  },
  {
    name: 'Time',
    height: 58,
    text: timeText,
    steps: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18000, 36000],
    range: (most) => [0, Math.max(0.1, most.wall_s, most.cpu_s) * 1.08],
    lines: [
      {of: 'wall_s', label: 'wall', colour: 6},
      {of: 'cpu_s', label: 'CPU', colour: 4},
    ],
  },
];

export function percentText(percent) {
  return `${percent.toFixed(percent < 9.95 ? 1 : 0)} %`;
}

// A limit of gigabytes would press all else flat: it is drawn once something comes near.
function memoryRange(most) {
  const top = Math.max(KB, most.used, most.total, most.external);
  return [0, (most.limit > 0 && most.limit <= 3 * top ? Math.max(top, most.limit) : top) * 1.08];
}
