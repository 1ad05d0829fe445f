// A heap of timers {due, order, isActive, ...}: the earliest first, cancelled ones stay until they surface.
const heap = plain([]);

const isBefore = (a, b) => a.due < b.due || (a.due === b.due && a.order < b.order);

function heapInsert(timer) {
  let at = heap.length;
  heap[at] = timer;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(timer, heap[parent])) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = timer;
}

function heapRemoveFirst() {
  const last = heap[heap.length - 1];
  heap.length -= 1;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child += 1;
    if (!isBefore(heap[child], last)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
}

function firstTimer() {
  while (heap.length > 0 && !heap[0].isActive) heapRemoveFirst();
  return heap[0];
}
