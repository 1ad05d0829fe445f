// What the host gives (program.py): $0, $1 ... . Its functions take and give primitives and plain objects, check what they
// get, and are known to the prelude alone.
const natives = $0; // engine/program.cpp
const config = $1; // {argv, cwd, env, ...}
const hostWrite = $2; // (1 or 2, text)
const hostResolve = $3; // (request, folder, filename) => {filename} or {builtin} or {code, name, message}
const hostRead = $4; // (filename) => {text, format} or {code, name, message}
const hostLibrary = $5; // (name) => the `ivm` object of a profile, or undefined
const hostMemory = $6; // () => {rss, heapTotal, ...}
const hostReport = $7; // (head, stack, filename, line, first column, last column, source line)
const hostExit = $8; // (code): does not come back
const hostWake = $9; // (): the loop looks again
const hostBundle = $10; // (name) => the source of a bundle of isolates/prelude
const hostRandom = $11; // (count) => as many random bytes, in hexadecimal

const print = (stream, text) => hostWrite(stream === 'stderr' ? 2 : 1, text);
const startFolder = config.cwd;
const hostNow = () => natives.nowNs() / 1e6;
