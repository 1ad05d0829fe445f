// jupyter.comm: channels to the frontend, with the names and the arguments of JupyterLab's IComm. In privileged isolates
// only: a frontend trusts what it is told.

const comms = new Map(); // id -> what makeComm() keeps of a comm that is open
const commTargets = new Map(); // name -> {callback, cell}

const MOST_BUFFERS = 10000;

const isDetached = getterOf(ArrayBuffer.prototype, 'detached');
const typedKeys = uncurryThis(TypedArrayPrototype.keys);

const isBufferOrView = (value) => isArrayBuffer(value) || isSharedArrayBuffer(value) || isTypedArray(value) || isDataView(value);

/** As messages say what was given instead: "a number", "null", "an array", "a Map". */
function givenKind(value) {
  if (value === undefined || value === null) return `${value}`;
  if (!isObject(value)) return `a ${typeof value}`;
  if (isArray(value)) return 'an array';
  const name = typeof value === 'function' ? '' : className(value);
  return name === '' || name === 'Object' ? (typeof value === 'function' ? 'a function' : 'an object') : `a ${name}`;
}

function checkTarget(method, targetName) {
  if (typeof targetName !== 'string') throw new TypeError(`${method}: targetName must be a string, not ${givenKind(targetName)}`);
}

/** The JSON of `data` or `metadata`; undefined if there is none. Runs code of the user's: getters and toJSON(). */
function jsonOfPart(method, part, value) {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value) || isArray(value) || typeof value === 'function' || isBufferOrView(value)) {
    throw new TypeError(`${method}: ${part} must be an object, not ${givenKind(value)}`);
  }
  let refusal;
  const replacer = (key, item) => {
    if (typeof item === 'bigint') refusal = new TypeError(`${method}: ${part} has a BigInt at '${key}', which JSON has not; Number() or String() of it can be sent`);
    else if (isObject(item) && isBufferOrView(item)) {
      refusal = new TypeError(`${method}: ${part} has ${givenKind(item)} at '${key}'; bytes go into the third argument: ${method}(data, metadata, buffers)`);
    }
    if (refusal !== undefined) throw refusal;
    return item;
  };
  try {
    return jsonStringify(value, replacer);
  } catch (error) {
    if (error === refusal) throw error;
    const why = isObject(error) && !isProxy(error) ? getOwnPropertyDescriptor(error, 'message')?.value : undefined;
    throw new TypeError(`${method}: ${part} can't be written as JSON${typeof why === 'string' ? `: ${why}` : ''}`, {__proto__: null, cause: error});
  }
}

/** The items of `buffers`, each read once. */
function itemsOf(method, buffers) {
  const items = makeList();
  if (buffers === undefined || buffers === null) return items;
  if (!isArray(buffers)) throw new TypeError(`${method}: buffers must be an array of buffers, not ${givenKind(buffers)}`);
  const {length} = buffers;
  if (length > MOST_BUFFERS) throw new RangeError(`${method}: buffers has ${length} items; a message takes ${MOST_BUFFERS}`);
  for (let i = 0; i < length; i++) listAdd(items, buffers[i]);
  return items;
}

/** A view of the bytes, in memory that nobody else writes to while they are sent. Runs no code of the user's. */
function bytesOfBuffer(value, where) {
  if (isArrayBuffer(value)) {
    if (isDetached(value)) throw new TypeError(`${where} is detached`);
    return new Uint8Array(value, 0, bufferLength(value));
  }
  if (isSharedArrayBuffer(value)) return new Uint8Array(new Uint8Array(value));
  const isTyped = isTypedArray(value);
  if (!isTyped && !isDataView(value)) throw new TypeError(`${where} must be an ArrayBuffer, a SharedArrayBuffer, a typed array or a DataView, not ${givenKind(value)}`);
  const buffer = isTyped ? typedBuffer(value) : viewBuffer(value);
  try {
    if (isTyped) typedKeys(value);
    else viewLength(value);
  } catch {
    throw new TypeError(`${where} is a view of a buffer that is detached or has become too small`);
  }
  const view = new Uint8Array(buffer, (isTyped ? typedOffset : viewOffset)(value), (isTyped ? typedByteLength : viewLength)(value));
  return isSharedArrayBuffer(buffer) ? new Uint8Array(view) : view;
}

/** Asks kernel/comms.py; the request's values are strings. */
function callComm(name, request, parts = undefined) {
  const method = `comm.${name}`;
  let data, metadata;
  let items = makeList();
  if (parts !== undefined) {
    data = jsonOfPart(method, 'data', parts.data);
    metadata = jsonOfPart(method, 'metadata', parts.metadata);
    items = itemsOf(method, parts.buffers);
  }
  const given = [currentCell(), name, jsonStringify(request), data ?? null, metadata ?? null];
  for (let i = 0; i < items.length; i++) arrayPush(given, bytesOfBuffer(items[i], `${method}: buffers[${i}]`));
  return apply(host.comm, undefined, given);
}

function makeComm(commId, targetName, isNew) {
  let state = isNew ? 'new' : 'open';
  const kept = {__proto__: null, comm: undefined, cell: currentCell(), onMsg: undefined, onClose: undefined, end: () => (state = 'closed')};
  const handler = (name, value) => {
    if (value !== undefined && value !== null && typeof value !== 'function') throw new TypeError(`comm.${name} must be a function, not ${givenKind(value)}`);
    kept[name] = value ?? undefined;
  };
  const call = (name, data, metadata, buffers) => {
    callComm(name, {__proto__: null, id: commId, target: targetName}, {__proto__: null, data, metadata, buffers});
  };
  const comm = {
    commId,
    targetName,
    get isDisposed() {
      return state === 'closed';
    },
    get onMsg() {
      return kept.onMsg;
    },
    set onMsg(value) {
      handler('onMsg', value);
    },
    get onClose() {
      return kept.onClose;
    },
    set onClose(value) {
      handler('onClose', value);
    },
    open(data, metadata, buffers) {
      if (state !== 'new') throw new Error(`comm.open: the comm '${commId}' ${state === 'open' ? 'is open already' : 'is closed'}`);
      call('open', data, metadata, buffers);
      state = 'open';
      mapSet(comms, commId, kept);
    },
    send(data, metadata, buffers) {
      if (state !== 'open') throw new Error(`comm.send: the comm '${commId}' ${state === 'new' ? 'is not open yet: comm.open() opens it' : 'is closed'}`);
      call('send', data, metadata, buffers);
    },
    close(data, metadata, buffers) {
      if (state === 'open') {
        call('close', data, metadata, buffers);
        mapDelete(comms, commId);
      }
      state = 'closed';
    },
  };
  kept.comm = comm;
  if (!isNew) mapSet(comms, commId, kept);
  return comm;
}

function installComms() {
  if (host.comm === undefined) return;
  const comm = {
    create(targetName, commId) {
      checkTarget('jupyter.comm.create', targetName);
      const isGiven = commId !== undefined && commId !== null;
      if (isGiven && (typeof commId !== 'string' || commId === '')) {
        const advice = isObject(commId) ? '. What a comm opens with goes to comm.open(data, metadata, buffers)' : '';
        throw new TypeError(`jupyter.comm.create: commId must be a string that is not empty, not ${commId === '' ? "''" : givenKind(commId)}${advice}`);
      }
      return makeComm(callComm('create', {__proto__: null, id: isGiven ? commId : ''}), targetName, true);
    },
    registerTarget(targetName, callback) {
      checkTarget('jupyter.comm.registerTarget', targetName);
      if (typeof callback !== 'function') throw new TypeError(`jupyter.comm.registerTarget: callback must be a function, not ${givenKind(callback)}`);
      callComm('register', {__proto__: null, target: targetName});
      mapSet(commTargets, targetName, {callback, cell: currentCell()});
    },
    unregisterTarget(targetName) {
      checkTarget('jupyter.comm.unregisterTarget', targetName);
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
    return apply(target.callback, undefined, [makeComm(given[1], given[2], false), message]);
  }
  const kept = mapGet(comms, given[1]);
  if (kept === undefined) return undefined;
  setCurrentCell(kept.cell);
  if (given[0] === 'close') {
    mapDelete(comms, given[1]);
    kept.end();
  }
  const callback = given[0] === 'close' ? kept.onClose : kept.onMsg;
  return callback === undefined ? undefined : apply(callback, kept.comm, [message]);
};
