// `performance`: a clock that never goes back.

let performance = undefined;
let passedMs = undefined; // what performance.now() answers

/** `now` gives milliseconds since `timeOrigin`, which are milliseconds as Date's. */
function installPerformance(now, timeOrigin) {
  passedMs = now;
  class Performance {
    now() {
      return now();
    }
    get timeOrigin() {
      return timeOrigin;
    }
    toJSON() {
      return {timeOrigin};
    }
  }
  defineProperty(Performance.prototype, toStringTag, {__proto__: null, value: 'Performance', configurable: true});
  performance = new Performance();
  defineGlobal('performance', performance);
}

builtins.perf_hooks = () => ({performance});
