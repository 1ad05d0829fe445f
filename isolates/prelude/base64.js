// atob and btoa.

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64_VALUES = {__proto__: null};
for (let i = 0; i < 64; i++) BASE64_VALUES[BASE64[i]] = i;

const badText = (message) => new DOMException(message, 'InvalidCharacterError');

function checkInput(count, above) {
  if (count === 0) throw codedError(TypeError, 'ERR_MISSING_ARGS', 'The "input" argument must be specified', above);
}

function btoa(input) {
  checkInput(arguments.length, btoa);
  const text = `${input}`;
  const units = new Units();
  for (let i = 0; i < text.length; i += 3) {
    let bits = 0;
    for (let k = 0; k < 3; k++) {
      const unit = i + k < text.length ? charCode(text, i + k) : 0;
      if (unit > 0xff) throw badText('Invalid character');
      bits = (bits << 8) | unit;
    }
    for (let k = 0; k < 4; k++) {
      units.add(i + k > text.length ? 0x3d : charCode(BASE64, (bits >> (18 - 6 * k)) & 63));
    }
  }
  return units.flush();
}

function atob(input) {
  checkInput(arguments.length, atob);
  const text = `${input}`;
  const values = [];
  let padding = 0;
  let length = 0; // without white space
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === ' ' || char === '\t' || char === '\n' || char === '\f' || char === '\r') continue;
    length += 1;
    if (char === '=') {
      padding += 1;
      continue;
    }
    const value = BASE64_VALUES[char];
    if (value === undefined || padding > 0) throw badText('The string to be decoded is not correctly encoded.');
    arrayPush(values, value);
  }
  if (padding > 2 || (padding > 0 && length % 4 !== 0) || values.length % 4 === 1) {
    throw badText('The string to be decoded is not correctly encoded.');
  }
  const units = new Units();
  for (let i = 0; i + 1 < values.length; i += 4) {
    const bits = (values[i] << 18) | (values[i + 1] << 12) | ((values[i + 2] ?? 0) << 6) | (values[i + 3] ?? 0);
    units.add(bits >> 16);
    if (i + 2 < values.length) units.add((bits >> 8) & 0xff);
    if (i + 3 < values.length) units.add(bits & 0xff);
  }
  return units.flush();
}

function installBase64() {
  defineGlobal('atob', atob);
  defineGlobal('btoa', btoa);
}
