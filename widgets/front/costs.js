// What calls cost, in words: the same as Unit.text of magics/calls.py gives.
import {sizeText} from './texts.js';

const UNITS = [['ns', 1e9], ['µs', 1e6], ['ms', 1e3], ['s', 1]];

/// `unit`: 's' or 'bytes'.
export function costText(cost, unit) {
  if (unit === 'bytes') return sizeText(cost);
  if (!cost) return '0 s';
  const [name, scale] = UNITS.find(([, scale]) => Math.abs(cost) * scale < 999.5) ?? UNITS.at(-1);
  return `${threeDigits(cost * scale)} ${name}`;
}

export function shareText(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function threeDigits(value) {
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}
