// The flame graph itself: d3-flame-graph draws it; what it lacks is here: keys, words for screen readers, room for 50,000 calls.
import flamegraph from 'd3-flame-graph';
import {select} from 'd3-selection';
import {make} from './dom.js';

const ROW_PX = 18;
// Narrower ones are not drawn: the more of them there are, the wider. A page is slow with more than a few thousand.
const LEAST_PX = 1.5;
const LEAST_PX_OF_MANY = 6;
const MANY = 4000;
const FEW = 50;
const MOVE_MS = 250;
const MOST_MOVING = 1500;
const FOUND = '#d184f0';
const NOT_FOUND = '#b8b8b8';
// Instead of a <title> for each box: there is a tooltip beside the pointer already.
const NO_TOOLTIP = Object.assign(() => {}, {show() {}, hide() {}, destroy() {}});

/// `describe(call)`: lines about it. `onAbout(call, at)`: the keyboard is at it, or the pointer, which is `at`. `onDrawn`:
/// which call fills the width (null: all), and how many calls below it are too narrow to be drawn.
export class FlameChart {
  #element = make('div', {class: 'isolates-flame'});
  #describe;
  #onAbout;
  #onDrawn;
  #chart = null;
  #isFound = null;
  #current = null; // where the keyboard is
  #groups = new Map(); // what is drawn: a node to its <g>
  #zoomed = null;
  #width = 0;

  constructor({describe, onAbout, onDrawn, signal}) {
    this.#describe = describe;
    this.#onAbout = onAbout;
    this.#onDrawn = onDrawn;
    this.element = this.#element;
    this.#element.addEventListener('click', (event) => this.#onClick(event), {capture: true});
    this.#element.addEventListener('keydown', (event) => this.#onKey(event));
    this.#element.addEventListener('focusin', (event) => this.#onFocus(event.target));
    this.#element.addEventListener('focusout', () => this.#onAbout(null));
    this.#element.addEventListener('pointermove', (event) => this.#onPointer(event));
    this.#element.addEventListener('pointerleave', () => this.#onAbout(null));
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(this.#element);
    signal.addEventListener('abort', () => observer.disconnect());
  }

  /// Draws another tree.
  show(root, label) {
    this.#chart?.destroy();
    this.#element.replaceChildren();
    this.#current = this.#zoomed = null;
    this.#width = this.#roomPx;
    forgetZoom(root);
    this.#chart = flamegraph()
      .width(this.#width)
      .cellHeight(ROW_PX)
      .inverted(true)
      .resetHeightOnZoom(true)
      .minFrameSize(this.#leastPx(root))
      .getName((node) => node.data.name)
      .getValue((data) => data.value)
      .getChildren((data) => data.children)
      .tooltip(NO_TOOLTIP)
      .setSearchMatch((node) => this.#isFound?.(node.data) ?? false)
      .setSearchHandler(() => {})
      .setColorMapper((node) => this.#colourOf(node));
    select(this.#element).datum(root).call(this.#chart);
    this.#element.querySelector('svg').setAttribute('role', 'tree');
    this.#element.querySelector('svg').setAttribute('aria-label', label);
    this.#decorate();
  }

  /// Marks the calls for which `isFound` is true; null for none.
  mark(isFound) {
    this.#isFound = isFound;
    if (!this.#chart) return;
    this.#settle();
    if (isFound) this.#chart.search('');
    else this.#chart.clear();
    this.#decorate();
  }

  reset() {
    if (this.#zoomed) this.#zoomTo(this.#root);
  }

  #zoomTo(node) {
    this.#chart.minFrameSize(this.#leastPx(node.data)).zoomTo(node);
    this.#zoomed = node.parent ? node : null;
    this.#current = node;
    this.#decorate();
  }

  // How wide a call must be to be drawn while this one fills the width.
  #leastPx(call) {
    const costs = [];
    for (const one of callsOf(call)) costs.push(one.value);
    if (costs.length <= MANY) return LEAST_PX;
    const sorted = Float64Array.from(costs).sort();
    // All that are as wide as that one are too many; but where nearly all are as wide, they are what there is to see.
    const least = sorted.at(-MANY) * 1.000001;
    if (!(sorted.at(-FEW) > least)) return LEAST_PX;
    const px = (this.#width * least) / call.value;
    return Math.min(LEAST_PX_OF_MANY, Math.max(LEAST_PX, px));
  }

  #colourOf(node) {
    if (node.highlight) return FOUND;
    return this.#isFound ? NOT_FOUND : node.data.colour;
  }

  get #roomPx() {
    return Math.max(200, Math.floor(this.#element.clientWidth) - 2);
  }

  #resize() {
    if (!this.#chart || this.#roomPx === this.#width) return;
    this.#width = this.#roomPx;
    this.#chart.minFrameSize(this.#leastPx((this.#zoomed ?? this.#root).data));
    this.#chart.width(this.#width).transitionDuration(0).update();
    this.#decorate();
  }

  // Moving thousands of elements is too slow to be seen as a movement.
  #settle() {
    const isStill = this.#groups.size > MOST_MOVING || matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#chart.transitionDuration(isStill ? 0 : MOVE_MS);
  }

  #decorate() {
    this.#groups.clear();
    let deepest = 0;
    const svg = select(this.#element).select('svg');
    const chart = this;
    svg.selectAll('g').each(function (node) {
      chart.#groups.set(node, this);
      deepest = Math.max(deepest, node.depth);
      this.setAttribute('role', 'treeitem');
      this.setAttribute('aria-level', node.depth + 1);
      this.setAttribute('aria-label', chart.#describe(node.data).join(', '));
      this.setAttribute('tabindex', '-1');
      this.toggleAttribute('data-found', node.highlight === true);
    });
    svg.attr('height', (deepest + 1) * ROW_PX);
    if (!this.#groups.has(this.#current)) this.#current = this.#zoomed ?? this.#root;
    this.#groups.get(this.#current)?.setAttribute('tabindex', '0');
    this.#settle();
    this.#onDrawn(this.#zoomed?.data ?? null, this.#countNarrow());
  }

  #countNarrow() {
    const top = this.#zoomed ?? this.#root;
    let count = 0;
    for (const node of top) count += this.#groups.has(node) ? 0 : 1;
    return count;
  }

  get #root() {
    return select(this.#element).datum();
  }

  #onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !this.#current) return;
    const moves = {
      ArrowUp: () => this.#drawn(this.#current.parent),
      ArrowDown: () => this.#firstBelow(this.#current),
      ArrowLeft: () => this.#beside(-1),
      ArrowRight: () => this.#beside(1),
      Home: () => this.#drawn(this.#root),
    };
    if (event.key in moves) this.#focus(moves[event.key]());
    else if (event.key === 'Enter' || event.key === ' ') this.#zoomAndFocus(this.#current);
    else if (event.key === 'Escape' && this.#zoomed) this.#resetByKey();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Not by d3-flame-graph, which would draw first with what is not wide enough any more.
  #onClick(event) {
    const node = this.#nodeAt(event.target);
    if (!node) return;
    event.stopPropagation();
    this.#zoomAndFocus(node);
  }

  #zoomAndFocus(node) {
    this.#zoomTo(node);
    this.#focus(node);
  }

  #resetByKey() {
    const node = this.#zoomed;
    this.reset();
    this.#focus(this.#drawn(node) ?? this.#current);
  }

  #drawn(node) {
    return node && this.#groups.has(node) ? node : null;
  }

  #firstBelow(node) {
    return node.children?.filter((child) => this.#groups.has(child)).sort((one, other) => one.x0 - other.x0)[0] ?? null;
  }

  // The next one in the same row, whoever has called it.
  #beside(direction) {
    const row = [...this.#groups.keys()].filter((node) => node.depth === this.#current.depth);
    row.sort((one, other) => one.x0 - other.x0);
    return row[row.indexOf(this.#current) + direction] ?? null;
  }

  #focus(node) {
    if (!node) return;
    this.#groups.get(this.#current)?.setAttribute('tabindex', '-1');
    this.#current = node;
    const group = this.#groups.get(node);
    group?.setAttribute('tabindex', '0');
    group?.focus();
  }

  #onFocus(target) {
    const node = this.#nodeAt(target);
    if (!node) return;
    if (node !== this.#current) this.#groups.get(this.#current)?.setAttribute('tabindex', '-1');
    this.#current = node;
    this.#onAbout(node.data, null);
  }

  #onPointer(event) {
    const node = this.#nodeAt(event.target);
    this.#onAbout(node?.data ?? null, node ? {x: event.clientX, y: event.clientY} : null);
  }

  #nodeAt(target) {
    const group = target.closest?.('g');
    return group ? this.#drawn(select(group).datum()) : null;
  }
}

// d3-flame-graph writes into the data what is hidden and what is faded.
function forgetZoom(root) {
  for (const call of callsOf(root)) call.hide = call.fade = false;
}

function* callsOf(root) {
  const left = [root];
  while (left.length) {
    const call = left.pop();
    yield call;
    for (const child of call.children) left.push(child);
  }
}
