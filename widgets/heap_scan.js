// Reads a heap snapshot of V8, as JSON, from pieces of its text: into arrays of numbers, a tenth of the text's size.
// What is in the text may be anything: an index is looked at before it is used.
'use strict';

const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MOST_DIGITS = 15;

const isSpace = (byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/// A JSON array of whole numbers, which come in rows of `width`. `take(row)` gets each row, the same array each time.
class NumberRows {
  #row;
  #take;
  #column = 0;
  #value = 0;
  #digits = 0;
  #isOver = false; // a space has followed the number
  #offset = 0;
  rows = 0;

  constructor(width, take) {
    this.#row = new Float64Array(width);
    this.#take = take;
  }

  feed(bytes) {
    let value = this.#value;
    let digits = this.#digits;
    for (let place = 0; place < bytes.length; ++place) {
      const digit = bytes[place] - 0x30;
      if (digit >= 0 && digit <= 9) {
        if (++digits > MOST_DIGITS || this.#isOver) this.#fail(bytes, place);
        value = value * 10 + digit;
      } else if (bytes[place] === COMMA && digits) {
        this.#push(value);
        value = digits = 0;
      } else if (isSpace(bytes[place])) {
        this.#isOver = digits > 0;
      } else {
        this.#fail(bytes, place);
      }
    }
    this.#value = value;
    this.#digits = digits;
    this.#offset += bytes.length;
  }

  end() {
    if (this.#digits) this.#push(this.#value);
    else if (this.#column || this.rows) throw new Error('ends with a comma');
    if (this.#column) throw new Error(`has ${this.#column} numbers too many, or some too few`);
  }

  #push(value) {
    this.#isOver = false;
    this.#row[this.#column++] = value;
    if (this.#column < this.#row.length) return;
    this.#column = 0;
    this.#take(this.#row, this.rows++);
  }

  #fail(bytes, place) {
    throw new Error(`has ${JSON.stringify(String.fromCharCode(bytes[place]))} at its byte ${this.#offset + place}`);
  }
}

/// Where each text of a JSON array of texts begins, and where the last one ends.
class TextPlaces {
  #isInside = false;
  #isEscaped = false;
  #offset = 0;
  #count = 0;
  starts;

  constructor(most) {
    this.starts = new Float64Array(most);
  }

  feed(bytes) {
    let isInside = this.#isInside;
    let isEscaped = this.#isEscaped;
    for (let place = 0; place < bytes.length; ++place) {
      const byte = bytes[place];
      if (isInside) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) isInside = false;
      } else if (byte === QUOTE) {
        isInside = true;
        this.#push(this.#offset + place);
      } else if (byte !== COMMA && !isSpace(byte)) {
        throw new Error(`has ${JSON.stringify(String.fromCharCode(byte))} at its byte ${this.#offset + place}`);
      }
    }
    this.#isInside = isInside;
    this.#isEscaped = isEscaped;
    this.#offset += bytes.length;
  }

  end() {
    if (this.#isInside) throw new Error('ends inside of a text');
    this.#push(this.#offset);
    this.starts = this.starts.slice(0, this.#count);
  }

  get length() {
    return this.starts.length - 1;
  }

  /// Pairs: where these texts begin, and where they end at the latest.
  placesOf(indices) {
    const places = new Float64Array(2 * indices.length);
    indices.forEach((index, number) => {
      const isThere = index < this.length;
      places[2 * number] = isThere ? this.starts[index] : 0;
      places[2 * number + 1] = isThere ? this.starts[index + 1] : 0;
    });
    return places;
  }

  #push(start) {
    if (this.#count === this.starts.length) {
      const more = new Float64Array(2 * this.#count);
      more.set(this.starts);
      this.starts = more;
    }
    this.starts[this.#count++] = start;
  }
}

/// A snapshot. `meta`: where in its rows is what ({width, type, name, id, size, edges} of nodes, {width, type, name, to} of
/// edges), and how many there are. Its parts are fed one after the other: strings, nodes, edges; edges may be left out.
class HeapSnapshot {
  constructor(meta) {
    const {nodeCount, edgeCount} = meta;
    this.meta = meta;
    this.nodeCount = nodeCount;
    this.types = new Uint8Array(nodeCount);
    this.names = new Uint32Array(nodeCount);
    this.ids = new Uint32Array(nodeCount);
    this.sizes = new Float64Array(nodeCount);
    this.firstEdges = new Uint32Array(nodeCount + 1);
    this.edgeCount = edgeCount;
    this.texts = new TextPlaces(1024);
  }

  begin(part) {
    const {node, edge} = this.meta;
    if (part === 'strings') {
      this.reader = this.texts;
    } else if (part === 'nodes') {
      this.reader = new NumberRows(node.width, (row, index) => this.#takeNode(row, index));
    } else {
      this.edgeTypes = new Uint8Array(this.edgeCount);
      this.edgeNames = new Uint32Array(this.edgeCount);
      this.edgeTargets = new Uint32Array(this.edgeCount);
      this.reader = new NumberRows(edge.width, (row, index) => this.#takeEdge(row, index));
    }
    this.part = part;
  }

  end() {
    this.reader.end();
    if (this.part === 'nodes') this.#check(this.reader.rows, this.nodeCount, 'nodes');
    if (this.part === 'nodes') this.#check(this.firstEdges[this.nodeCount], this.edgeCount, 'edges of nodes');
    if (this.part === 'edges') this.#check(this.reader.rows, this.edgeCount, 'edges');
    this.reader = null;
  }

  #takeNode(row, index) {
    const {node, typeCount} = this.meta;
    if (index >= this.nodeCount) throw new Error(`has more than ${this.nodeCount} nodes`);
    const type = row[node.type];
    const name = row[node.name];
    const id = row[node.id];
    if (type >= typeCount) throw new Error(`has a node of type ${type}: there are ${typeCount}`);
    if (name >= this.texts.length) throw new Error(`has a node with string ${name}: there are ${this.texts.length}`);
    if (id > 0xffffffff) throw new Error(`has a node with the id ${id}`);
    const edges = this.firstEdges[index] + row[node.edges];
    if (edges > this.edgeCount) throw new Error(`has nodes with more than ${this.edgeCount} edges`);
    this.types[index] = type;
    this.names[index] = name;
    this.ids[index] = id;
    this.sizes[index] = row[node.size];
    this.firstEdges[index + 1] = edges;
  }

  #takeEdge(row, index) {
    const {edge, node} = this.meta;
    if (index >= this.edgeCount) throw new Error(`has more than ${this.edgeCount} edges`);
    const to = row[edge.to] / node.width;
    if (!Number.isInteger(to) || to >= this.nodeCount) throw new Error(`has an edge to the number ${row[edge.to]}`);
    if (row[edge.name] > 0xffffffff) throw new Error(`has an edge with the name ${row[edge.name]}`);
    this.edgeTypes[index] = Math.min(row[edge.type], 255);
    this.edgeNames[index] = row[edge.name];
    this.edgeTargets[index] = to;
  }

  #check(found, told, nouns) {
    if (found !== told) throw new Error(`has ${found} ${nouns}, and not ${told} as it says`);
  }
}
