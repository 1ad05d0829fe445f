// TextEncoder and TextDecoder, as the Encoding standard has them.

const charCode = uncurryThis(String.prototype.charCodeAt);
const fromCharCode = String.fromCharCode;
const stringToLowerCase = uncurryThis(String.prototype.toLowerCase);
const stringTrimBoth = uncurryThis(String.prototype.trim);

// A typed array's own `length` is a getter of its prototype, and methods that copy ask `constructor` and Symbol.species: all of it
// may be the user's.
const typedByteLength = getterOf(TypedArrayPrototype, 'byteLength');
const byteRange = (bytes, start, end) => new Uint8Array(typedBuffer(bytes), typedOffset(bytes) + start, end - start);

/** Writes as many characters as fit; a lone surrogate becomes U+FFFD. */
function encodeInto(text, bytes) {
  const room = typedLength(bytes);
  let written = 0;
  let read = 0;
  while (read < text.length) {
    let point = charCode(text, read);
    let units = 1;
    if (point >= 0xd800 && point <= 0xdfff) {
      const low = point < 0xdc00 && read + 1 < text.length ? charCode(text, read + 1) : 0;
      if (low >= 0xdc00 && low <= 0xdfff) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        units = 2;
      } else {
        point = 0xfffd;
      }
    }
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (written + size > room) break;
    if (size === 1) {
      bytes[written] = point;
    } else {
      for (let at = size - 1; at > 0; at--) {
        bytes[written + at] = 0x80 | (point & 0x3f);
        point >>= 6;
      }
      bytes[written] = (0xf00 >> size) & 0xff | point;
    }
    written += size;
    read += units;
  }
  return {read, written};
}

function encodeUtf8(text) {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = charCode(text, i);
    // A pair of surrogates is 4 bytes in all, a lone one is 3.
    if (unit >= 0x80) length += unit < 0x800 ? 1 : 2;
  }
  const bytes = new Uint8Array(length);
  const {written} = encodeInto(text, bytes);
  return written === length ? bytes : new Uint8Array(byteRange(bytes, 0, written));
}

class TextEncoder {
  get encoding() {
    return 'utf-8';
  }

  encode(input = '') {
    return encodeUtf8(`${input}`);
  }

  encodeInto(source, destination) {
    if (!isTypedArray(destination) || typedArrayTag(destination) !== 'Uint8Array') {
      throw argumentError('dest', 'an instance of Uint8Array', destination, TextEncoder.prototype.encodeInto);
    }
    return encodeInto(`${source}`, destination);
  }
}

const ENCODINGS = {
  __proto__: null,
  'utf-8': 'utf-8', utf8: 'utf-8', 'unicode-1-1-utf-8': 'utf-8', 'unicode11utf8': 'utf-8', 'unicode20utf8': 'utf-8', 'x-unicode20utf8': 'utf-8',
  'utf-16le': 'utf-16le', 'utf-16': 'utf-16le', ucs2: 'utf-16le', 'ucs-2': 'utf-16le', 'iso-10646-ucs-2': 'utf-16le', csunicode: 'utf-16le', unicode: 'utf-16le', unicodefeff: 'utf-16le',
  latin1: 'windows-1252', 'iso-8859-1': 'windows-1252', 'windows-1252': 'windows-1252', ascii: 'windows-1252', 'us-ascii': 'windows-1252', iso88591: 'windows-1252', 'iso8859-1': 'windows-1252', 'iso_8859-1': 'windows-1252', l1: 'windows-1252', cp1252: 'windows-1252', 'x-cp1252': 'windows-1252', 'ansi_x3.4-1968': 'windows-1252', 'cp819': 'windows-1252', 'ibm819': 'windows-1252',
};
// What windows-1252, which the web means by "latin1", has at 0x80 to 0x9f.
const WINDOWS_1252 =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

/** The bytes of what a decoder accepts, as a view. */
function bytesOf(input, above) {
  if (input === undefined) return new Uint8Array(0);
  // First: the other checks throw and catch an error for what they are not about.
  if (isTypedArray(input)) return new Uint8Array(typedBuffer(input), typedOffset(input), typedByteLength(input));
  if (isArrayBuffer(input) || isSharedArrayBuffer(input)) return new Uint8Array(input);
  if (isDataView(input)) return new Uint8Array(viewBuffer(input), viewOffset(input), viewLength(input));
  throw argumentError('list', 'an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView', input, above);
}

/** Collects code units and makes text of them in portions. */
class Units {
  text = '';
  #units = plain([]);
  add(unit) {
    this.#units[this.#units.length] = unit;
    if (this.#units.length === 4096) this.flush();
  }
  addPoint(point) {
    if (point > 0xffff) {
      this.add(0xd800 + ((point - 0x10000) >> 10));
      this.add(0xdc00 + (point & 0x3ff));
    } else {
      this.add(point);
    }
  }
  /** Bytes below 0x80, of which most text consists. */
  addPlain(bytes, start, end) {
    this.flush();
    for (let at = start; at < end; at += 4096) {
      const portion = new Uint8Array(typedBuffer(bytes), typedOffset(bytes) + at, min(4096, end - at));
      this.text += apply(fromCharCode, undefined, portion);
    }
  }
  flush() {
    if (this.#units.length === 0) return this.text;
    this.text += apply(fromCharCode, undefined, this.#units);
    this.#units = plain([]);
    return this.text;
  }
}

class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #isFirst = true; // nothing was decoded yet: a byte order mark may come
  // UTF-8: the character that is open, and what its next byte may be. UTF-16: an odd byte, a high surrogate.
  #point = 0;
  #needed = 0;
  #lower = 0x80;
  #upper = 0xbf;
  #odd = -1;
  #high = -1;

  constructor(label = 'utf-8', options = undefined) {
    const encoding = ENCODINGS[stringToLowerCase(stringTrimBoth(`${label}`))];
    if (encoding === undefined) {
      throw codedError(RangeError, 'ERR_ENCODING_NOT_SUPPORTED', `The "${label}" encoding is not supported`, TextDecoder);
    }
    this.#encoding = encoding;
    this.#fatal = !!options?.fatal;
    this.#ignoreBOM = !!options?.ignoreBOM;
  }

  get encoding() {
    return this.#encoding;
  }
  get fatal() {
    return this.#fatal;
  }
  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  decode(input = undefined, options = undefined) {
    const bytes = bytesOf(input, TextDecoder.prototype.decode);
    const units = new Units();
    const isLast = !options?.stream;
    try {
      if (this.#encoding === 'utf-8') this.#decodeUtf8(bytes, units, isLast);
      else if (this.#encoding === 'utf-16le') this.#decodeUtf16(bytes, units, isLast);
      else for (let i = 0, length = typedLength(bytes); i < length; i++) units.add(bytes[i] >= 0x80 && bytes[i] < 0xa0 ? charCode(WINDOWS_1252, bytes[i] - 0x80) : bytes[i]);
    } catch (error) {
      this.#reset();
      throw error;
    }
    let text = units.flush();
    if (this.#isFirst && text.length > 0) {
      this.#isFirst = false;
      if (!this.#ignoreBOM && this.#encoding !== 'windows-1252' && charCode(text, 0) === 0xfeff) text = stringSlice(text, 1);
    }
    if (isLast) this.#reset();
    return text;
  }

  #reset() {
    this.#isFirst = true;
    this.#needed = 0;
    this.#lower = 0x80;
    this.#upper = 0xbf;
    this.#odd = -1;
    this.#high = -1;
  }

  #refuse(units) {
    if (this.#fatal) {
      const message = `The encoded data was not valid for encoding ${this.#encoding}`;
      throw codedError(TypeError, 'ERR_ENCODING_INVALID_ENCODED_DATA', message, TextDecoder.prototype.decode);
    }
    units.add(0xfffd);
  }

  // The decoder of the Encoding standard, state for state.
  #decodeUtf8(bytes, units, isLast) {
    const length = typedLength(bytes);
    for (let i = 0; i < length; i++) {
      const byte = bytes[i];
      if (this.#needed === 0) {
        if (byte < 0x80) {
          const start = i;
          while (i + 1 < length && bytes[i + 1] < 0x80) i += 1;
          if (i - start < 64) for (let at = start; at <= i; at++) units.add(bytes[at]);
          else units.addPlain(bytes, start, i + 1);
        } else if (byte >= 0xc2 && byte <= 0xdf) this.#open(byte & 0x1f, 1, 0x80, 0xbf);
        else if (byte >= 0xe0 && byte <= 0xef) this.#open(byte & 0xf, 2, byte === 0xe0 ? 0xa0 : 0x80, byte === 0xed ? 0x9f : 0xbf);
        else if (byte >= 0xf0 && byte <= 0xf4) this.#open(byte & 0x7, 3, byte === 0xf0 ? 0x90 : 0x80, byte === 0xf4 ? 0x8f : 0xbf);
        else this.#refuse(units);
      } else if (byte < this.#lower || byte > this.#upper) {
        this.#open(0, 0, 0x80, 0xbf);
        this.#refuse(units);
        i -= 1; // the byte begins something of its own
      } else {
        this.#open((this.#point << 6) | (byte & 0x3f), this.#needed - 1, 0x80, 0xbf);
        if (this.#needed === 0) units.addPoint(this.#point);
      }
    }
    if (isLast && this.#needed > 0) this.#refuse(units);
  }

  #open(point, needed, lower, upper) {
    this.#point = point;
    this.#needed = needed;
    this.#lower = lower;
    this.#upper = upper;
  }

  #decodeUtf16(bytes, units, isLast) {
    const length = typedLength(bytes);
    for (let i = 0; i < length; i++) {
      if (this.#odd < 0) {
        this.#odd = bytes[i];
        continue;
      }
      const unit = this.#odd | (bytes[i] << 8);
      this.#odd = -1;
      const isLow = unit >= 0xdc00 && unit <= 0xdfff;
      if (this.#high >= 0) {
        if (isLow) units.add(this.#high);
        else this.#refuse(units);
        this.#high = -1;
        if (isLow) {
          units.add(unit);
          continue;
        }
      }
      if (unit >= 0xd800 && unit <= 0xdbff) this.#high = unit;
      else if (isLow) this.#refuse(units);
      else units.add(unit);
    }
    if (isLast && (this.#odd >= 0 || this.#high >= 0)) this.#refuse(units);
  }
}

function installText() {
  const classes = [TextEncoder, TextDecoder];
  for (let i = 0; i < 2; i++) {
    defineGlobal(classes[i].name, classes[i], false);
    defineProperty(classes[i].prototype, toStringTag, {__proto__: null, value: classes[i].name, configurable: true});
  }
}
