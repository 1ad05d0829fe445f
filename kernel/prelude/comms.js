// jupyter.comm: channels to the frontend, with the names of JupyterLab's IComm. In privileged isolates only: a frontend
// trusts what it is told.

const comms = new Map(); // id -> {comm, cell}
const commTargets = new Map(); // name -> callback

/** The request as JSON beside its buffers; the answer is a text. */
function callComm(name, request, buffers) {
  const {data} = request;
  if (data !== undefined && (!isObject(data) || isArray(data))) throw new TypeError(`comm.${name}: data must be an object, not ${isArray(data) ? 'an array' : typeof data}`);
  const given = [currentCell(), name, jsonStringify(request)];
  for (let i = 0; i < (buffers?.length ?? 0); i++) {
    const buffer = buffers[i];
    const view = isAnyBuffer(buffer) ? new Uint8Array(buffer) : buffer;
    if (!isBytes(view)) throw new TypeError(`${name}: buffers[${i}] must be an ArrayBuffer or a Uint8Array`);
    arrayPush(given, view);
  }
  return apply(host.comm, undefined, given);
}

const isAnyBuffer = (value) => isArrayBuffer(value) || isSharedArrayBuffer(value);

function makeComm(commId, targetName) {
  const comm = {
    commId,
    targetName,
    onMsg: undefined,
    onClose: undefined,
    send(data, options) {
      callComm('send', {__proto__: null, id: commId, data, metadata: options?.metadata}, options?.buffers);
    },
    close(data, options) {
      if (!mapDelete(comms, commId)) return;
      callComm('close', {__proto__: null, id: commId, data, metadata: options?.metadata}, options?.buffers);
    },
  };
  mapSet(comms, commId, {comm, cell: currentCell()});
  return comm;
}

function installComms() {
  if (host.comm === undefined) return;
  const comm = {
    create(targetName, options) {
      if (typeof targetName !== 'string') throw new TypeError(`jupyter.comm.create: targetName must be a string, not ${typeof targetName}`);
      const request = {__proto__: null, target: targetName, data: options?.data, metadata: options?.metadata};
      return makeComm(callComm('create', request, options?.buffers), targetName);
    },
    registerTarget(targetName, callback) {
      if (typeof targetName !== 'string') throw new TypeError(`jupyter.comm.registerTarget: targetName must be a string, not ${typeof targetName}`);
      if (typeof callback !== 'function') throw new TypeError(`jupyter.comm.registerTarget: callback must be a function, not ${typeof callback}`);
      callComm('register', {__proto__: null, target: targetName});
      mapSet(commTargets, targetName, {callback, cell: currentCell()});
    },
    unregisterTarget(targetName) {
      if (mapDelete(commTargets, targetName)) callComm('unregister', {__proto__: null, target: targetName});
    },
  };
  defineGlobal('jupyter', {comm}, false);
}

/** What comes from the frontend: [kind, id, target, message as JSON, ...buffers]. */
operations.comm = (given) => {
  const message = jsonParse(given[3]);
  message.buffers = arraySlice(given, 4);
  if (given[0] === 'open') {
    const target = mapGet(commTargets, given[2]);
    if (target === undefined) return undefined;
    setCurrentCell(target.cell);
    return apply(target.callback, undefined, [makeComm(given[1], given[2]), message]);
  }
  const entry = mapGet(comms, given[1]);
  if (entry === undefined) return undefined;
  setCurrentCell(entry.cell);
  if (given[0] === 'close') mapDelete(comms, given[1]);
  const callback = given[0] === 'close' ? entry.comm.onClose : entry.comm.onMsg;
  return typeof callback === 'function' ? apply(callback, entry.comm, [message]) : undefined;
};
