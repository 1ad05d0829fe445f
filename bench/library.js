// One of the 600 parts of the library that snapshot.py and peers/snapshot.js make, each with its NUMBER.
function helperNUMBER(text, count) {
  const words = text.split(' ').map(word => word.trim()).filter(Boolean);
  let total = NUMBER;
  for (const word of words) total = (total * 31 + word.length * count) % 65521;
  return { total, words, last: words[words.length - 1] };
}
class PartNUMBER {
  constructor() { this.at = NUMBER; }
  run() { return helperNUMBER('a b c', this.at).total; }
}
(globalThis.parts ??= []).push(new PartNUMBER());
