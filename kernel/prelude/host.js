// What the host gives is in `host`, by name (session.py); what the host may ask for is added to `operations`, by name, by
// the file that does it.
const {natives, now: hostNow, random: hostRandom} = host; // natives: what only the engine can see
const operations = {__proto__: null};

// Which cell the running code belongs to: a number that the engine carries along, through promises too.
const {mark: currentCell, setMark: setCurrentCell} = natives;
const print = (stream, text) => host.write(currentCell(), stream, text);

const isObject = (value) => value !== null && (typeof value === 'object' || typeof value === 'function');
const isProxy = (value) => natives.proxyDetails(value) !== undefined;
