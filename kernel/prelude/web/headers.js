// Headers, as the Fetch standard has them.

let addHeader, headerValues, fixHeaders, flatHeaders;

class Headers {
  #lists = new Map(); // name in lower case -> {name, values}
  #isFixed = false;

  static {
    /** Without checks. */
    addHeader = (headers, name, value) => {
      const key = stringToLowerCase(name);
      const list = mapGet(headers.#lists, key);
      if (list === undefined) mapSet(headers.#lists, key, {__proto__: null, name, values: [value]});
      else arrayPush(list.values, value);
    };
    /** The values of a name in lower case, or undefined. */
    headerValues = (headers, key) => mapGet(headers.#lists, key)?.values;
    fixHeaders = (headers) => {
      headers.#isFixed = true;
    };
    /** name, value, name, value ...: what is sent. */
    flatHeaders = (headers) => {
      const parts = [];
      mapForEach(headers.#lists, (list) => {
        for (let i = 0; i < list.values.length; i++) {
          arrayPush(parts, list.name);
          arrayPush(parts, list.values[i]);
        }
      });
      return parts;
    };
  }

  constructor(init = undefined) {
    if (init !== undefined) Headers.#fill(this, init);
  }

  static #fill(headers, init) {
    if (!isObject(init)) throw new TypeError(`Headers: the headers must be an object or a list of pairs, not ${typeof init}`);
    if (#lists in init) {
      Headers.#copyAll(headers, init);
      return;
    }
    if (init[iteratorSymbol] !== undefined && init[iteratorSymbol] !== null) {
      for (const pair of init) {
        const parts = [];
        if (isObject(pair)) for (const part of pair) if (parts.length < 3) arrayPush(parts, `${part}`);
        if (parts.length !== 2) throw new TypeError('Headers: a list of headers has pairs of a name and a value');
        Headers.#append(headers, parts[0], parts[1]);
      }
      return;
    }
    const keys = ownKeys(init);
    for (let i = 0; i < keys.length; i++) {
      const property = getOwnPropertyDescriptor(init, keys[i]);
      if (property === undefined || !property.enumerable) continue;
      Headers.#append(headers, keys[i], init[keys[i]]);
    }
  }

  static #copyAll(headers, from) {
    mapForEach(from.#lists, (list, key) => {
      mapSet(headers.#lists, key, {__proto__: null, name: list.name, values: arraySlice(list.values, 0)});
    });
  }

  static #append(headers, name, value) {
    const key = headerName(`${name}`, 'Headers.append');
    addHeader(headers, key, headerValue(`${value}`, key, 'Headers.append'));
  }

  /** [name, value], sorted by name, as iteration has them. */
  static #pairs(headers) {
    const keys = [];
    mapForEach(headers.#lists, (list, key) => arrayPush(keys, key));
    arraySort(keys);
    const pairs = [];
    for (let i = 0; i < keys.length; i++) {
      const {values} = mapGet(headers.#lists, keys[i]);
      if (keys[i] === 'set-cookie') for (let k = 0; k < values.length; k++) arrayPush(pairs, [keys[i], values[k]]);
      else arrayPush(pairs, [keys[i], arrayJoin(values, ', ')]);
    }
    return pairs;
  }

  #check(what) {
    if (this.#isFixed) throw new TypeError(`${what}: these headers can't be changed`);
  }

  append(name, value) {
    this.#check('Headers.append');
    Headers.#append(this, name, value);
  }

  set(name, value) {
    this.#check('Headers.set');
    const key = headerName(`${name}`, 'Headers.set');
    mapSet(this.#lists, stringToLowerCase(key), {__proto__: null, name: key, values: [headerValue(`${value}`, key, 'Headers.set')]});
  }

  delete(name) {
    this.#check('Headers.delete');
    mapDelete(this.#lists, stringToLowerCase(headerName(`${name}`, 'Headers.delete')));
  }

  get(name) {
    const list = mapGet(this.#lists, stringToLowerCase(headerName(`${name}`, 'Headers.get')));
    return list === undefined ? null : arrayJoin(list.values, ', ');
  }

  has(name) {
    return mapGet(this.#lists, stringToLowerCase(headerName(`${name}`, 'Headers.has'))) !== undefined;
  }

  getSetCookie() {
    const list = mapGet(this.#lists, 'set-cookie');
    return list === undefined ? [] : arraySlice(list.values, 0);
  }

  forEach(callback, thisArgument = undefined) {
    if (typeof callback !== 'function') throw new TypeError(`Headers.forEach: the callback must be a function, not ${typeof callback}`);
    const pairs = Headers.#pairs(this);
    for (let i = 0; i < pairs.length; i++) apply(callback, thisArgument, [pairs[i][1], pairs[i][0], this]);
  }

  *#each(pick) {
    const pairs = Headers.#pairs(this);
    for (let i = 0; i < pairs.length; i++) yield pick(pairs[i]);
  }

  entries() {
    return this.#each((pair) => pair);
  }

  keys() {
    return this.#each((pair) => pair[0]);
  }

  values() {
    return this.#each((pair) => pair[1]);
  }

  [customInspect](depth, options) {
    const shown = {};
    const pairs = Headers.#pairs(this);
    for (let i = 0; i < pairs.length; i++) {
      const key = pairs[i][0];
      const value = key === 'set-cookie' ? arraySlice(mapGet(this.#lists, key).values, 0) : pairs[i][1];
      defineProperty(shown, key, {__proto__: null, value, enumerable: true, configurable: true});
    }
    return `Headers ${inspect(shown, options)}`;
  }
}
defineProperty(Headers.prototype, iteratorSymbol, {__proto__: null, value: Headers.prototype.entries, writable: true, configurable: true});
const hasHeader = (headers, key) => headerValues(headers, key) !== undefined;
