// A profile's calls as a tree, as d3-flame-graph wants it: {name, where, colour, value, own, children}. Texts are hostile.
import {costText} from './costs.js';
import {plainText} from './texts.js';

const NAME_LENGTH = 80;
const MOST_INVERTED = 50000;
const DEEPEST_INVERTED = 100;

/// What the kernel has sent: calls in the order of a walk through the tree, each with its parent's number, -1 for none.
export function treeOf({places, unit}, [parents, numbers, costs]) {
  const known = places.map(([name, where, colour]) => ({name: plainText(name, NAME_LENGTH), where: plainText(where, 200), colour}));
  const parentOf = typed(Int32Array, parents);
  const placeOf = typed(Int32Array, numbers);
  const costOf = typed(Float64Array, costs);
  const root = {name: 'all', where: '', colour: '#c8c8c8', value: 0, own: 0, children: []};
  const calls = [];
  for (let index = 0; index < parentOf.length; ++index) {
    const place = known[placeOf[index]];
    const call = {...place, place, own: costOf[2 * index], value: costOf[2 * index + 1], children: []};
    (calls[parentOf[index]] ?? root).children.push(call);
    calls.push(call);
  }
  root.value = sum(root.children);
  root.name = `all: ${costText(root.value, unit)}`;
  return {root, places: known, unit};
}

/// The same cost from its other end: the functions that have it themselves, and below each one who has called it.
export function inverted(root) {
  const turned = turnedCall(root);
  let count = 0;
  const add = (above, call, cost) => {
    let found = above.of.get(call.place);
    if (!found) {
      found = turnedCall(call.place);
      above.of.set(call.place, found);
      above.children.push(found);
      ++count;
    }
    found.value += cost;
    return found;
  };
  walk(root, ({call}) => {
    if (call.own > 0) add(turned, call, call.own).own += call.own;
  });
  // All functions are there. Who has called them, as far as there is room.
  walk(root, ({call, callers}) => {
    let above = turned.of.get(call.place);
    let depth = 0;
    for (let caller = callers; call.own > 0 && caller && ++depth < DEEPEST_INVERTED; caller = caller.callers) {
      if (count > MOST_INVERTED && !above.of.has(caller.call.place)) break;
      above = add(above, caller.call, call.own);
    }
  });
  turned.value = sum(turned.children);
  walk(turned, ({call}) => sortChildren(call));
  sortChildren(turned);
  return turned;
}

const turnedCall = (place) => ({...place, place, value: 0, own: 0, children: [], of: new Map()});

/// How much of all cost is in calls that match, and what they have called; and how many match.
export function shareOf(root, isMatch) {
  let cost = 0;
  let count = 0;
  const left = root.children.map((call) => [call, false]);
  while (left.length) {
    const [call, isInside] = left.pop();
    const isFound = isMatch(call);
    if (isFound) ++count;
    if (isFound && !isInside) cost += call.value;
    for (const child of call.children) left.push([child, isInside || isFound]);
  }
  return {cost, count, share: root.value ? cost / root.value : 0};
}

/// Each call below the root, with who has called it: {call, callers}. Trees may be deeper than JavaScript's stack.
function walk(root, visit) {
  const left = root.children.map((call) => ({call, callers: null}));
  while (left.length) {
    const one = left.pop();
    visit(one);
    for (const child of one.call.children) left.push({call: child, callers: one});
  }
}

function sortChildren(call) {
  call.children.sort((one, other) => other.value - one.value || (one.name < other.name ? -1 : 1));
}

const sum = (calls) => calls.reduce((total, call) => total + call.value, 0);

export function typed(Type, view) {
  return new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}
