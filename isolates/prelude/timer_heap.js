// A heap of timers {due, order, isActive, ...}: the earliest first, cancelled ones stay until they surface.
// A kernel's interrupt may end any of this at a call or a loop's end. No timer is missing then, whosever it is, and the next
// one who comes puts them in order.
const heap = plain([]);
let isOrdered = true;

const isBefore = (a, b) => a.due < b.due || (a.due === b.due && a.order < b.order);

function swap(a, b) {
  const timer = heap[a];
  heap[a] = heap[b];
  heap[b] = timer;
}

function rise(at) {
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(heap[at], heap[parent])) return;
    swap(at, parent);
    at = parent;
  }
}

function sink(at) {
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) return;
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child += 1;
    if (!isBefore(heap[child], heap[at])) return;
    swap(at, child);
    at = child;
  }
}

function putInOrder() {
  for (let at = heap.length >> 1; at >= 0; at--) if (at < heap.length) sink(at);
  isOrdered = true;
}

function heapInsert(timer) {
  if (!isOrdered) putInOrder();
  isOrdered = false;
  heap[heap.length] = timer;
  rise(heap.length - 1);
  isOrdered = true;
}

function heapRemoveFirst() {
  isOrdered = false;
  heap[0] = heap[heap.length - 1];
  heap.length -= 1;
  sink(0);
  isOrdered = true;
}

/** The first one stays in the heap, and is due later. */
function heapDelayFirst(due, order) {
  isOrdered = false;
  heap[0].due = due;
  heap[0].order = order;
  sink(0);
  isOrdered = true;
}

function firstTimer() {
  if (!isOrdered) putInOrder();
  while (heap.length > 0 && !heap[0].isActive) heapRemoveFirst();
  return heap[0];
}
