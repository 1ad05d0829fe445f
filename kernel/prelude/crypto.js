// Random numbers for packages that make names of them: as much of the global `crypto` as that takes.

const MOST_BYTES = 65536;
const INTEGERS = `|Int8Array|Uint8Array|Uint8ClampedArray|Int16Array|Uint16Array|Int32Array|Uint32Array|BigInt64Array|BigUint64Array|`;

/** Bytes of the host's system, which come as text in hexadecimal. */
function randomBytes(count) {
  const text = host.random(count);
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = +`0x${stringSlice(text, 2 * i, 2 * i + 2)}`;
  return bytes;
}

const cryptoMethods = {
  getRandomValues(array) {
    if (!isTypedArray(array) || !stringIncludes(INTEGERS, `|${typedArrayTag(array)}|`)) {
      throw argumentError('array', 'an instance of an integer TypedArray', array, cryptoMethods.getRandomValues);
    }
    const bytes = bytesOf(array);
    if (bytes.length > MOST_BYTES) {
      throw codedError(RangeError, 'ERR_OUT_OF_RANGE', `${bytes.length} bytes are more than ${MOST_BYTES}`, cryptoMethods.getRandomValues);
    }
    const made = randomBytes(bytes.length);
    for (let i = 0; i < made.length; i++) bytes[i] = made[i];
    return array;
  },
  randomUUID() {
    const bytes = randomBytes(16);
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

function installCrypto() {
  defineProperty(cryptoMethods, toStringTag, {__proto__: null, value: 'Crypto', configurable: true});
  defineGlobal('crypto', cryptoMethods);
}
