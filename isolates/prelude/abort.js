// AbortController and AbortSignal. Wants: startUnreferenced(callback, delay), a timer that keeps no program alive; LONGEST_DELAY.

const {WeakRef} = globalThis;
const derefWeak = uncurryThis(WeakRef.prototype.deref);
const setDelete = uncurryThis(Set.prototype.delete);
const signalKey = Symbol('signal'); // the class is no constructor for others
const LARGEST_UINT32 = 4294967295;

const timeoutReasons = new WeakSet(); // those of AbortSignal.timeout()
const weakSetAdd = uncurryThis(WeakSet.prototype.add);

let abortSignal; // (signal, reason)
let placeTimeout; // (signal of any package, function): if a timeout aborts it, the error is of where that function is called now
let whenAborted; // (signal of any package that is not yet aborted, a function to be called then) => a function that forgets it

/** A timeout has no place of its own: its error is made where the signal is, and then is of where it is waited for or thrown. */
function placeReason(reason, above) {
  if (!weakSetHas(timeoutReasons, reason)) return;
  try {
    captureStackTrace(reason, above);
  } catch {
    // who has frozen it keeps what it says
  }
}

const makeSignal = () => new AbortSignal(signalKey);

class AbortSignal extends EventTarget {
  #isAborted = false;
  #reason = undefined;
  #timeoutReason = undefined; // of AbortSignal.timeout()
  #algorithms = undefined; // called before listeners
  #onabort = null;
  #handler = undefined; // the listener that calls #onabort
  // Of AbortSignal.any(): a signal that lives long must not keep all that have ever been made of it. It holds weakly those
  // that nobody listens to; they hold it as long as they live.
  #sources = plain([]);
  #dependents = plain([]); // WeakRefs
  #mostDependents = 8; // then the dead ones are looked for
  #awaited = undefined; // the dependents that somebody listens to

  constructor(key = undefined) {
    if (key !== signalKey) throw codedError(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor', new.target);
    super();
  }

  get aborted() {
    AbortSignal.#check(this);
    return this.#isAborted;
  }
  get reason() {
    AbortSignal.#check(this);
    return this.#reason;
  }
  throwIfAborted() {
    AbortSignal.#check(this);
    if (!this.#isAborted) return;
    placeReason(this.#reason, throwIfAborted);
    throw this.#reason;
  }
  get onabort() {
    AbortSignal.#check(this);
    return this.#onabort;
  }
  set onabort(value) {
    AbortSignal.#check(this);
    this.#onabort = typeof value === 'function' || (typeof value === 'object' && value !== null) ? value : null;
    if (this.#onabort !== null && this.#handler === undefined) {
      const callback = (event) => (typeof this.#onabort === 'function' ? apply(this.#onabort, this, [event]) : undefined);
      this.#handler = {__proto__: null, callback, isCapture: false, isOnce: false, isPassive: false, signal: undefined, isRemoved: false, forget: undefined};
      addListener(this, 'abort', this.#handler);
    } else if (this.#onabort === null && this.#handler !== undefined) {
      removeListener(this, 'abort', this.#handler);
      this.#handler = undefined;
    }
  }
  [customInspect](depth, options) {
    return shownAs(this, () => ({aborted: this.#isAborted}), depth, options);
  }

  static abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
    const signal = makeSignal();
    abortSignal(signal, reason);
    return signal;
  }

  static timeout(delay) {
    if (typeof delay !== 'number') throw argumentError('delay', 'of type number', delay, AbortSignal.timeout);
    if (!(delay >= 0 && delay <= LARGEST_UINT32 && trunc(delay) === delay)) {
      const wanted = trunc(delay) === delay ? `>= 0 && <= ${LARGEST_UINT32}` : 'an integer';
      const message = `The value of "delay" is out of range. It must be ${wanted}. Received ${delay}`;
      throw codedError(RangeError, 'ERR_OUT_OF_RANGE', message, AbortSignal.timeout);
    }
    const signal = makeSignal();
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    weakSetAdd(timeoutReasons, reason);
    placeReason(reason, signalTimeout);
    signal.#timeoutReason = reason;
    const expire = () => abortSignal(signal, reason);
    startUnreferenced(expire, min(delay, LONGEST_DELAY));
    return signal;
  }

  static any(signals) {
    const sources = AbortSignal.#sourcesOf(signals);
    const signal = makeSignal();
    for (let i = 0; i < sources.length; i++) {
      if (!sources[i].#isAborted) continue;
      abortSignal(signal, sources[i].#reason);
      return signal;
    }
    for (let i = 0; i < sources.length; i++) AbortSignal.#follow(signal, sources[i]);
    watchListeners(signal, (type) => {
      if (type === 'abort') AbortSignal.#hold(signal);
    });
    return signal;
  }

  static #check(value) {
    if (value === null || typeof value !== 'object' || !(#isAborted in value)) throw notA('AbortSignal', AbortSignal.#check);
  }

  static #sourcesOf(signals) {
    if (signals === null || typeof signals !== 'object' || typeof signals[iteratorSymbol] !== 'function') {
      throw argumentError('signals', 'an instance of Array', signals, AbortSignal.any);
    }
    const sources = plain([]);
    for (const signal of signals) {
      if (signal === null || typeof signal !== 'object' || !(#isAborted in signal)) {
        throw argumentError(`signals[${sources.length}]`, 'an instance of AbortSignal', signal, AbortSignal.any);
      }
      sources[sources.length] = signal;
    }
    return sources;
  }

  /** The signal aborts with the source, or with what the source is made of. */
  static #follow(signal, source) {
    const origins = source.#sources.length === 0 ? plain([source]) : source.#sources;
    for (let i = 0; i < origins.length; i++) {
      signal.#sources[signal.#sources.length] = origins[i];
      AbortSignal.#addDependent(origins[i], new WeakRef(signal));
    }
  }

  static #addDependent(source, reference) {
    const list = source.#dependents;
    list[list.length] = reference;
    if (list.length < source.#mostDependents) return;
    const living = plain([]);
    for (let i = 0; i < list.length; i++) if (derefWeak(list[i]) !== undefined) living[living.length] = list[i];
    source.#dependents = living;
    source.#mostDependents = max(8, 2 * living.length);
  }

  /** A dependent that does something when it aborts lives as long as what it waits for. */
  static #hold(signal) {
    const isAwaited = !signal.#isAborted && (listens(signal, 'abort') || (signal.#algorithms !== undefined && setSize(signal.#algorithms) > 0));
    for (let i = 0; i < signal.#sources.length; i++) {
      const source = signal.#sources[i];
      if (isAwaited) setAdd((source.#awaited ??= new Set()), signal);
      else if (source.#awaited !== undefined) setDelete(source.#awaited, signal);
    }
  }

  static #set(signal, reason) {
    signal.#isAborted = true;
    signal.#reason = reason;
    AbortSignal.#hold(signal);
    signal.#sources = plain([]);
  }

  static #tell(signal) {
    const algorithms = signal.#algorithms;
    signal.#algorithms = undefined;
    if (algorithms !== undefined) setForEach(algorithms, (algorithm) => algorithm());
    dispatchTo(signal, makeTrusted(new Event('abort')));
  }

  static {
    abortSignal = (signal, reason) => {
      if (signal.#isAborted) return;
      AbortSignal.#set(signal, reason);
      const dependents = plain([]);
      for (let i = 0; i < signal.#dependents.length; i++) {
        const dependent = derefWeak(signal.#dependents[i]);
        if (dependent === undefined || dependent.#isAborted) continue;
        AbortSignal.#set(dependent, reason);
        dependents[dependents.length] = dependent;
      }
      signal.#dependents = plain([]);
      AbortSignal.#tell(signal);
      for (let i = 0; i < dependents.length; i++) AbortSignal.#tell(dependents[i]);
    };
    placeTimeout = (signal, above) => {
      if (!(#isAborted in signal)) return;
      placeReason(signal.#isAborted ? signal.#reason : signal.#timeoutReason, above);
      for (let i = 0; i < signal.#sources.length; i++) placeReason(signal.#sources[i].#timeoutReason, above);
    };
    whenAborted = (signal, algorithm) => {
      if (!(#isAborted in signal)) {
        signal.addEventListener('abort', algorithm, {__proto__: null, once: true});
        return () => signal.removeEventListener?.('abort', algorithm);
      }
      setAdd((signal.#algorithms ??= new Set()), algorithm);
      AbortSignal.#hold(signal);
      return () => {
        if (signal.#algorithms !== undefined) setDelete(signal.#algorithms, algorithm);
        AbortSignal.#hold(signal);
      };
    };
  }
}

const {throwIfAborted} = AbortSignal.prototype;
const signalTimeout = AbortSignal.timeout;

class AbortController {
  #signal = makeSignal();

  get signal() {
    return this.#signal;
  }
  abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
    abortSignal(this.#signal, reason);
  }
  [customInspect](depth, options) {
    return shownAs(this, () => ({signal: this.#signal}), depth, options);
  }
}

function installEvents() {
  const classes = [DOMException, Event, CustomEvent, EventTarget, AbortSignal, AbortController];
  for (let i = 0; i < classes.length; i++) defineClass(classes[i]);
}
