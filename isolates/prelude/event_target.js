// Event, CustomEvent and EventTarget, without a tree of targets, as Node has them. Wants: passedMs(), the clock of
// `performance`; timerFunctions.

const NO_PHASE = 0;
const AT_TARGET = 2;

function missingArguments(names, above) {
  return codedError(TypeError, 'ERR_MISSING_ARGS', `The ${names} must be specified`, above);
}

const notA = (name, above) => codedError(TypeError, 'ERR_INVALID_THIS', `Value of "this" must be of type ${name}`, above);

/** An object of a class of ours as inspect shows it: the name of its class and the fields given, which are made when they are wanted. */
function shownAs(object, makeFields, depth, options) {
  if (depth < 0) return object;
  const inner = {__proto__: null, ...options, depth: options.depth === null ? null : options.depth - 1};
  return `${object.constructor.name} ${inspect(makeFields(), inner)}`;
}

// What the classes below do with events and targets, which only they can see into.
let makeTrusted; // (event) => the event
let beginDispatch; // (event, target) => its type
let endDispatch; // (event) => whether nobody has prevented what follows
let isStopped; // (event): no further listener is to hear of it
let setPassive; // (event, whether preventDefault() does nothing)
let isEvent; // (value)
let isTarget; // (value)
let dispatchTo; // (target, event) => whether nobody has prevented what follows
let addListener; // (target, type, listener {callback, ...})
let removeListener; // (target, type, listener)
let listens; // (target, type)
let watchListeners; // (target, watcher(type)), called when listeners have come or gone

class Event {
  #type;
  #isBubbling;
  #isCancelable;
  #isComposed;
  #timeStamp = passedMs();
  #isTrusted = false;
  #isPrevented = false;
  #isPassive = false;
  #isPropagating = true;
  #isStopped = false;
  #isDispatched = false;
  #target = null;

  constructor(type, options = undefined) {
    if (arguments.length === 0) throw missingArguments('"type" argument', new.target);
    if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function') {
      throw argumentError('options', 'of type object', options, new.target);
    }
    this.#type = `${type}`;
    this.#isBubbling = !!options?.bubbles;
    this.#isCancelable = !!options?.cancelable;
    this.#isComposed = !!options?.composed;
  }
  get type() {
    return this.#type;
  }
  get target() {
    return this.#target;
  }
  get srcElement() {
    return this.#target;
  }
  get currentTarget() {
    return this.#isDispatched ? this.#target : null;
  }
  get eventPhase() {
    return this.#isDispatched ? AT_TARGET : NO_PHASE;
  }
  get bubbles() {
    return this.#isBubbling;
  }
  get cancelable() {
    return this.#isCancelable;
  }
  get composed() {
    return this.#isComposed;
  }
  get defaultPrevented() {
    return this.#isPrevented;
  }
  get returnValue() {
    return !this.#isPrevented;
  }
  set returnValue(value) {
    if (!value) this.#prevent();
  }
  get cancelBubble() {
    return !this.#isPropagating;
  }
  set cancelBubble(value) {
    if (value) this.#isPropagating = false;
  }
  get timeStamp() {
    return this.#timeStamp;
  }
  get isTrusted() {
    return this.#isTrusted;
  }
  composedPath() {
    return this.#isDispatched ? [this.#target] : [];
  }
  stopPropagation() {
    this.#isPropagating = false;
  }
  stopImmediatePropagation() {
    this.#isPropagating = false;
    this.#isStopped = true;
  }
  preventDefault() {
    this.#prevent();
  }
  initEvent(type, bubbles = false, cancelable = false) {
    if (arguments.length === 0) throw missingArguments('"type" argument', Event.prototype.initEvent);
    if (this.#isDispatched) return;
    this.#type = `${type}`;
    this.#isBubbling = !!bubbles;
    this.#isCancelable = !!cancelable;
    this.#isPrevented = this.#isTrusted = this.#isStopped = false;
    this.#isPropagating = true;
    this.#target = null;
  }
  [customInspect](depth, options) {
    const makeFields = () => ({
      type: this.#type,
      defaultPrevented: this.#isPrevented,
      cancelable: this.#isCancelable,
      timeStamp: this.#timeStamp,
    });
    return shownAs(this, makeFields, depth, options);
  }
  #prevent() {
    if (this.#isCancelable && !this.#isPassive) this.#isPrevented = true;
  }

  static {
    makeTrusted = (event) => {
      event.#isTrusted = true;
      return event;
    };
    beginDispatch = (event, target) => {
      if (event.#isDispatched) {
        throw codedError(Error, 'ERR_EVENT_RECURSION', `The event "${event.#type}" is already being dispatched`, EventTarget.prototype.dispatchEvent);
      }
      event.#isDispatched = true;
      event.#target = target;
      return event.#type;
    };
    endDispatch = (event) => {
      event.#isDispatched = event.#isPassive = event.#isStopped = false;
      event.#isPropagating = true;
      return !event.#isPrevented;
    };
    isStopped = (event) => event.#isStopped;
    setPassive = (event, isPassive) => {
      event.#isPassive = isPassive;
    };
    isEvent = (value) => value !== null && typeof value === 'object' && #type in value;
    const phases = ['NONE', 'CAPTURING_PHASE', 'AT_TARGET', 'BUBBLING_PHASE'];
    for (let i = 0; i < phases.length; i++) {
      defineProperty(this, phases[i], {__proto__: null, value: i, enumerable: true});
      defineProperty(this.prototype, phases[i], {__proto__: null, value: i, enumerable: true});
    }
  }
}

class CustomEvent extends Event {
  #detail;
  constructor(type, options = undefined) {
    if (arguments.length === 0) throw missingArguments('"type" argument', new.target);
    super(type, options);
    this.#detail = options?.detail ?? null;
  }
  get detail() {
    return this.#detail;
  }
}

/** What a listener throws stops nobody else, and comes out where errors of timers do. */
function throwLater(error) {
  timerFunctions.setImmediate(() => {
    throw error;
  });
}

function callListener(listener, target, event) {
  setPassive(event, listener.isPassive);
  const {callback} = listener;
  try {
    if (typeof callback === 'function') apply(callback, target, [event]);
    else apply(callback.handleEvent, callback, [event]);
  } catch (error) {
    throwLater(error);
  }
  setPassive(event, false);
}

/** {callback, isCapture, isOnce, isPassive, signal} of what addEventListener() was given. */
function readListener(callback, options) {
  const isBag = options !== null && (typeof options === 'object' || typeof options === 'function');
  const listener = {
    __proto__: null, callback, isCapture: !!(isBag ? options.capture : options), isOnce: isBag && !!options.once,
    isPassive: isBag && !!options.passive, signal: isBag ? options.signal : undefined, isRemoved: false, forget: undefined,
  };
  const {signal} = listener;
  if (signal !== undefined && (signal === null || typeof signal !== 'object' || !('aborted' in signal))) {
    throw argumentError('options.signal', 'an instance of AbortSignal', signal, EventTarget.prototype.addEventListener);
  }
  return listener;
}

class EventTarget {
  #listeners = {__proto__: null}; // type -> listeners in their order: what is removed leaves a shorter copy
  #watcher = undefined;

  addEventListener(type, listener, options = undefined) {
    EventTarget.#check(this, arguments.length, EventTarget.prototype.addEventListener);
    const isCallable = typeof listener === 'function' || (typeof listener === 'object' && listener !== null);
    if (!isCallable && listener !== null && listener !== undefined) {
      throw argumentError('listener', 'an instance of EventListener', listener, EventTarget.prototype.addEventListener);
    }
    const added = readListener(listener, options);
    if (!isCallable || added.signal?.aborted) return;
    addListener(this, `${type}`, added);
  }

  removeEventListener(type, listener, options = undefined) {
    EventTarget.#check(this, arguments.length, EventTarget.prototype.removeEventListener);
    const isBag = options !== null && (typeof options === 'object' || typeof options === 'function');
    const found = EventTarget.#find(this, `${type}`, listener, !!(isBag ? options.capture : options));
    if (found !== undefined) removeListener(this, `${type}`, found);
  }

  dispatchEvent(event) {
    if (!isTarget(this)) throw notA('EventTarget', EventTarget.prototype.dispatchEvent);
    if (arguments.length === 0) throw missingArguments('"event" argument', EventTarget.prototype.dispatchEvent);
    if (!isEvent(event)) throw argumentError('event', 'an instance of Event', event, EventTarget.prototype.dispatchEvent);
    return dispatchTo(this, event);
  }

  [customInspect](depth, options) {
    return shownAs(this, () => ({}), depth, options);
  }

  static #check(target, count, above) {
    if (!isTarget(target)) throw notA('EventTarget', above);
    if (count < 2) throw missingArguments('"type" and "listener" arguments', above);
  }

  static #find(target, type, callback, isCapture) {
    const list = target.#listeners[type];
    for (let i = 0; list !== undefined && i < list.length; i++) {
      if (list[i].callback === callback && list[i].isCapture === isCapture) return list[i];
    }
    return undefined;
  }

  static {
    addListener = (target, type, listener) => {
      if (EventTarget.#find(target, type, listener.callback, listener.isCapture) !== undefined) return;
      const list = (target.#listeners[type] ??= plain([]));
      list[list.length] = listener;
      if (listener.signal !== undefined) listener.forget = whenAborted(listener.signal, () => removeListener(target, type, listener));
      target.#watcher?.(type);
    };
    removeListener = (target, type, listener) => {
      if (listener.isRemoved) return;
      listener.isRemoved = true;
      listener.forget?.();
      const before = target.#listeners[type];
      const list = plain([]);
      for (let i = 0; i < before.length; i++) if (before[i] !== listener) list[list.length] = before[i];
      target.#listeners[type] = list;
      target.#watcher?.(type);
    };
    dispatchTo = (target, event) => {
      const type = beginDispatch(event, target);
      const list = target.#listeners[type];
      const count = list === undefined ? 0 : list.length; // those that are added meanwhile hear of the next event
      for (let i = 0; i < count && !isStopped(event); i++) {
        if (list[i].isRemoved) continue;
        if (list[i].isOnce) removeListener(target, type, list[i]);
        callListener(list[i], target, event);
      }
      return endDispatch(event);
    };
    listens = (target, type) => target.#listeners[type]?.length > 0;
    watchListeners = (target, watcher) => {
      target.#watcher = watcher;
    };
    isTarget = (value) => value !== null && typeof value === 'object' && #watcher in value;
  }
}
