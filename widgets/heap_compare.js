// Compares two heap snapshots, which heap_scan.js has read, as Chrome's DevTools do: an object is the same if its id is.
'use strict';

// What counts as what: each type of nodes has one of these, and each type of edges.
const OWN_NAME = 0; // its name is its class
const FIXED = 1; // all of the type are one class
const OUTSIDE = 2; // a class of its name, but its id means nothing: V8 gives it anew in each snapshot
const WEAK = 1;
const SHORTCUT = 2;

const NO_CLASS = 0xffffffff;
const ROOT = 0;

/// The indices of the texts that are names of classes.
function classNames(snapshot, kinds) {
  snapshot.kinds = kinds;
  snapshot.classOfText = new Int32Array(snapshot.texts.length).fill(-1);
  const names = [];
  for (let node = 0; node < snapshot.nodeCount; ++node) {
    const kind = kinds[snapshot.types[node]];
    if (kind !== OWN_NAME && kind !== OUTSIDE) continue;
    const name = snapshot.names[node];
    if (snapshot.classOfText[name] >= 0) continue;
    snapshot.classOfText[name] = names.length;
    names.push(name);
  }
  return Uint32Array.from(names);
}

/// `ofNames`: the class of each name that `classNames` gave; `ofTypes`: that of each type of nodes.
function setClasses(snapshot, ofNames, ofTypes) {
  snapshot.classOf = (node) => {
    const kind = snapshot.kinds[snapshot.types[node]];
    if (kind === FIXED) return ofTypes[snapshot.types[node]];
    return kind === OWN_NAME || kind === OUTSIDE ? ofNames[snapshot.classOfText[snapshot.names[node]]] : NO_CLASS;
  };
  snapshot.byId = byId(snapshot);
}

/// Pairs of index and id, sorted by id: numbers of 64 bits, which V8 sorts without calling anything.
function byId(snapshot) {
  const pairs = new Uint32Array(2 * snapshot.nodeCount);
  let count = 0;
  for (let node = 0; node < snapshot.nodeCount; ++node) {
    const kind = snapshot.kinds[snapshot.types[node]];
    if ((kind !== OWN_NAME && kind !== FIXED) || snapshot.sizes[node] === 0) continue;
    pairs[2 * count] = node;
    pairs[2 * count++ + 1] = snapshot.ids[node];
  }
  new BigUint64Array(pairs.buffer, 0, count).sort();
  for (let at = 1; at < count; ++at) {
    if (pairs[2 * at + 1] === pairs[2 * at - 1]) throw new Error(`has two objects with the id ${pairs[2 * at + 1]}`);
  }
  return pairs.subarray(0, 2 * count);
}

/// The largest new objects of each class, the oldest first if they are as large.
class Largest {
  #most;
  #of = new Map();

  constructor(most) {
    this.#most = most;
  }

  add(kind, node, size) {
    let found = this.#of.get(kind);
    if (!found) this.#of.set(kind, (found = []));
    if (found.length === this.#most && found.at(-1).size >= size) return;
    let place = found.length;
    while (place && found[place - 1].size < size) --place;
    found.splice(place, 0, {node, size});
    if (found.length > this.#most) found.pop();
  }

  of(kind) {
    return (this.#of.get(kind) ?? []).map(({node}) => node);
  }
}

/// For each class how many objects are new and deleted, and their bytes; `same`: how many are in both, `changed`: those of
/// them that have another class; `resized`: by how many bytes they have grown.
class Comparison {
  constructor(before, after, classCount, mostSamples) {
    this.created = new Float64Array(classCount);
    this.deleted = new Float64Array(classCount);
    this.allocated = new Float64Array(classCount);
    this.freed = new Float64Array(classCount);
    this.largest = new Largest(mostSamples);
    this.after = after;
    this.same = this.changed = this.resized = 0;
    this.#join(before, after);
    this.#countOutside(before, after);
  }

  get sums() {
    const {created, deleted, allocated, freed, same, changed, resized} = this;
    return {created, deleted, allocated, freed, same, changed, resized};
  }

  #join(before, after) {
    const old = before.byId;
    const now = after.byId;
    let one = 0;
    let other = 0;
    while (one < old.length || other < now.length) {
      if (other >= now.length || old[one + 1] < now[other + 1]) {
        this.#delete(before, old[one]);
        one += 2;
      } else if (one >= old.length || old[one + 1] > now[other + 1]) {
        this.#create(after, now[other]);
        other += 2;
      } else {
        ++this.same;
        if (before.classOf(old[one]) !== after.classOf(now[other])) ++this.changed;
        this.resized += after.sizes[now[other]] - before.sizes[old[one]];
        one += 2;
        other += 2;
      }
    }
  }

  #delete(before, node) {
    const kind = before.classOf(node);
    ++this.deleted[kind];
    this.freed[kind] += before.sizes[node];
  }

  #create(after, node) {
    const kind = after.classOf(node);
    ++this.created[kind];
    this.allocated[kind] += after.sizes[node];
    this.largest.add(kind, node, after.sizes[node]);
  }

  // Only how many there are can be compared.
  #countOutside(before, after) {
    const counts = new Map();
    for (const [snapshot, sign] of [[before, -1], [after, 1]]) {
      for (let node = 0; node < snapshot.nodeCount; ++node) {
        if (snapshot.kinds[snapshot.types[node]] !== OUTSIDE || snapshot.sizes[node] === 0) continue;
        const kind = snapshot.classOf(node);
        const sum = counts.get(kind) ?? {count: 0, size: 0};
        sum.count += sign;
        sum.size += sign * snapshot.sizes[node];
        counts.set(kind, sum);
      }
    }
    for (const [kind, {count, size}] of counts) {
      this[count > 0 ? 'created' : 'deleted'][kind] += Math.abs(count);
      this[size > 0 ? 'allocated' : 'freed'][kind] += Math.abs(size);
    }
  }
}

/// By which edge each object is reached first: from what user code can name, and only then from the rest.
function retainers(snapshot, edgeKinds) {
  const NONE = 0xffffffff;
  const edgeTo = new Uint32Array(snapshot.nodeCount).fill(NONE);
  const from = new Uint32Array(snapshot.nodeCount);
  const queue = new Uint32Array(snapshot.nodeCount);
  let end = 0;
  const reach = (holder, isWanted) => {
    for (let edge = snapshot.firstEdges[holder]; edge < snapshot.firstEdges[holder + 1]; ++edge) {
      const to = snapshot.edgeTargets[edge];
      if (to === ROOT || edgeTo[to] !== NONE || !isWanted(edgeKinds[snapshot.edgeTypes[edge]])) continue;
      edgeTo[to] = edge;
      from[to] = holder;
      queue[end++] = to;
    }
  };
  let next = 0;
  const isStrong = (kind) => kind !== WEAK;
  for (const isFirst of [(kind) => kind === SHORTCUT, isStrong]) {
    reach(ROOT, isFirst);
    while (next < end) reach(queue[next++], isStrong);
  }
  return {edgeTo, from, isReached: (node) => edgeTo[node] !== NONE};
}

/// How each of these objects is held: steps from it to the root, at most `most`. A step is four numbers: type and
/// name of the edge, and of the object that it leads to. How many each object has is in `lengths`.
function paths(snapshot, nodes, edgeKinds, most) {
  const {edgeTo, from, isReached} = retainers(snapshot, edgeKinds);
  const steps = [];
  const lengths = nodes.map((start) => {
    let node = start;
    let length = 0;
    while (node !== ROOT && isReached(node) && length < most) {
      const edge = edgeTo[node];
      steps.push(snapshot.edgeTypes[edge], snapshot.edgeNames[edge], snapshot.types[node], snapshot.names[node]);
      node = from[node];
      ++length;
    }
    return length;
  });
  return {lengths, steps: Uint32Array.from(steps)};
}

const snapshots = [];
let comparison;

// What Python calls.
({
  open: (meta) => snapshots.push(new HeapSnapshot(meta)) - 1,
  begin: (index, part) => snapshots[index].begin(part),
  feed: (index, bytes) => snapshots[index].reader.feed(bytes),
  end: (index) => snapshots[index].end(),
  classNames: (index, kinds) => classNames(snapshots[index], kinds),
  setClasses: (index, ofNames, ofTypes) => setClasses(snapshots[index], ofNames, ofTypes),
  placesOf: (index, texts) => snapshots[index].texts.placesOf(texts),
  compare: (before, after, classCount, mostSamples) => {
    comparison = new Comparison(snapshots[before], snapshots[after], classCount, mostSamples);
    return comparison.sums;
  },
  samples: (kinds) => [...kinds].map((kind) => comparison.largest.of(kind).map((node) => {
    const {ids, sizes, names} = comparison.after;
    return [node, ids[node], sizes[node], names[node]];
  })),
  paths: (index, nodes, edgeKinds, most) => paths(snapshots[index], nodes, edgeKinds, most),
});
