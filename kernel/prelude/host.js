// What the host gives: $0, $1 ... are its callables (session.py).
const hostWrite = $0; // (cell, stream, text)
const hostWake = $1; // (milliseconds, cell)
const hostNow = $2; // () => milliseconds, monotonic
const natives = $3; // what only the engine can see: {promiseDetails, proxyDetails, previewEntries}

let currentCell = 0; // which cell the running code belongs to; main.js and timers.js set it
const print = (stream, text) => hostWrite(currentCell, stream, text);
