// Random numbers for packages that make names of them: as much of the global `crypto`, and of Node's module, as that takes.
// Wants hostRandom(count) => bytes in hexadecimal, at most MOST_BYTES.

const MOST_BYTES = 65536;
const INTEGERS = `|Int8Array|Uint8Array|Uint8ClampedArray|Int16Array|Uint16Array|Int32Array|Uint32Array|BigInt64Array|BigUint64Array|`;

/** Fills an array of bytes with those of the host's system. */
function fillWithRandom(bytes) {
  const length = typedLength(bytes);
  for (let at = 0; at < length; at += MOST_BYTES) {
    const count = min(MOST_BYTES, length - at);
    const text = hostRandom(count);
    for (let i = 0; i < count; i++) bytes[at + i] = +`0x${stringSlice(text, 2 * i, 2 * i + 2)}`;
  }
  return bytes;
}

const cryptoMethods = {
  getRandomValues(array) {
    if (!isTypedArray(array) || !stringIncludes(INTEGERS, `|${typedArrayTag(array)}|`)) {
      throw argumentError('array', 'an instance of an integer TypedArray', array, cryptoMethods.getRandomValues);
    }
    const bytes = bytesOf(array);
    if (typedLength(bytes) > MOST_BYTES) {
      throw codedError(RangeError, 'ERR_OUT_OF_RANGE', `${typedLength(bytes)} bytes are more than ${MOST_BYTES}`, cryptoMethods.getRandomValues);
    }
    fillWithRandom(bytes);
    return array;
  },
  randomUUID() {
    const bytes = fillWithRandom(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = '';
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
      text += HEX[bytes[i] >> 4] + HEX[bytes[i] & 15];
    }
    return text;
  },
};
const HEX = '0123456789abcdef';

/** Of Node's module `crypto`. */
const cryptoModule = {
  webcrypto: cryptoMethods,
  getRandomValues: cryptoMethods.getRandomValues,
  randomUUID: cryptoMethods.randomUUID,
  randomBytes(size, callback) {
    if (typeof size !== 'number') throw argumentError('size', 'of type number', size, cryptoModule.randomBytes);
    if (!(size >= 0 && size <= LONGEST_BUFFER && trunc(size) === size)) {
      throw codedError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "size" is out of range: ${size}`, cryptoModule.randomBytes);
    }
    const bytes = fillWithRandom(new Uint8Array(size));
    const made = bundled().buffer().Buffer.from(bufferOf(bytes));
    if (callback === undefined) return made;
    checkFunction(callback, 'callback', cryptoModule.randomBytes);
    process.nextTick(callback, null, made);
    return undefined;
  },
  randomFillSync(array, offset = 0, size = undefined) {
    if (!isTypedArray(array)) throw argumentError('buf', 'an instance of a TypedArray', array, cryptoModule.randomFillSync);
    const bytes = bytesOf(array);
    const length = typedLength(bytes);
    const width = length / typedLength(array) || 1;
    const start = offset * width;
    const end = size === undefined ? length : start + size * width;
    if (!(start >= 0 && end >= start && end <= length && trunc(start) === start && trunc(end) === end)) {
      throw codedError(RangeError, 'ERR_OUT_OF_RANGE', 'The values of "offset" and "size" are out of range', cryptoModule.randomFillSync);
    }
    fillWithRandom(byteRange(bytes, start, end));
    return array;
  },
};
const LONGEST_BUFFER = 2147483647;
const bufferOf = getterOf(getPrototypeOf(Uint8Array.prototype), 'buffer');

builtins.crypto = () => cryptoModule;

function installCrypto() {
  defineProperty(cryptoMethods, toStringTag, {__proto__: null, value: 'Crypto', configurable: true});
  defineGlobal('crypto', cryptoMethods);
}
