// Numbers as people read them: the same texts as magics/tables.py gives.

/// Bytes: MB are 1024 * 1024 of them, as in limits.
export function sizeText(bytes) {
  if (Math.abs(bytes) < 1000 * 1024) return `${toEven(bytes / 1024)} KB`;
  return `${(toEven((10 * bytes) / 1024 ** 2) / 10).toFixed(1)} MB`;
}

// Halves go to the even neighbour, as in Python: sizes of V8's are often such. (A product of an integer and powers of
// two is exact.)
function toEven(number) {
  return Math.abs(number % 1) === 0.5 ? 2 * Math.round(number / 2) : Math.round(number);
}

export function growthText(bytes) {
  const told = sizeText(Math.abs(bytes));
  return told === '0 KB' ? told : `${bytes < 0 ? '-' : '+'}${told}`;
}

export function timeText(seconds) {
  if (seconds < 0.9995) return `${(seconds * 1000).toFixed(0)} ms`;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}

// Controls, also those that turn the direction of what follows, and halves of surrogate pairs.
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Cs}/gu;

/// A text that is not ours, on one line. Elements for it have `unicode-bidi: isolate` besides.
export function plainText(text, most = 80) {
  const characters = [...String(text).slice(0, 2 * most + 1)];
  const cut = characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
  return cut.replace(UNPRINTABLE, '\ufffd');
}
