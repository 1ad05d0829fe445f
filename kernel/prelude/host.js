// What the host gives is in `host`, by name (session.py); what the host may ask for is added to `operations`, by name, by
// the file that does it.
const {natives, now: hostNow} = host; // natives: what only the engine can see
const operations = {__proto__: null};

let currentCell = 0; // which cell the running code belongs to; timers.js sets it too
const print = (stream, text) => host.write(currentCell, stream, text);

/** The code that comes next belongs to this cell. */
operations.enter = (cell) => {
  currentCell = cell;
};
