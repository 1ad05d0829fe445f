// What the report of an error says beyond its stack: for whatever was thrown, also by code that means us harm.

const LONGEST_DETAILS = 10000;
const toldElsewhere = {__proto__: null, stack: true, message: true, name: true, cause: true};

/** What people call the error: the `name` of its own, or of the nearest of its classes. No getter runs. */
function nameOf(error) {
  for (let holder = error; holder !== null; holder = getPrototypeOf(holder)) {
    const name = getOwnPropertyDescriptor(holder, 'name')?.value;
    if (typeof name === 'string' && name !== '') return name;
    if (holder === error && isDomException(error)) return DomErrorSlots.nameOf(error) || 'DOMException';
    const made = holder === error ? undefined : getOwnPropertyDescriptor(holder, 'constructor')?.value;
    const className = typeof made === 'function' ? getOwnPropertyDescriptor(made, 'name')?.value : undefined;
    if (typeof className === 'string' && className !== '') return className;
  }
  return 'Error';
}

/** Its own properties as an object, but for those that the report tells anyway; undefined if there are none. */
function extrasOf(error) {
  const extras = {};
  const areErrorsTold = lookUp(error, 'name') === 'AggregateError';
  let isEmpty = true;
  const keys = ownKeys(error);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const property = getOwnPropertyDescriptor(error, key);
    if (property === undefined || toldElsewhere[key] === true || (key === 'errors' && areErrorsTold)) continue;
    if (!property.enumerable) continue;
    defineProperty(extras, key, {__proto__: null, ...property});
    isEmpty = false;
  }
  return isEmpty ? undefined : extras;
}

/** The text of a cause that is no Error, as Node writes it; undefined if there is none. No getter runs. */
function causeOf(error) {
  const own = getOwnPropertyDescriptor(error, 'cause');
  if (own !== undefined && !hasOwn(own, 'value')) return undefined;
  const cause = own === undefined ? lookUp(error, 'cause') : own.value;
  if (errorIsError(cause) || (own === undefined && cause === undefined)) return undefined;
  return `[cause]: ${describe(cause)}`;
}

/** {name, text, message}: without a name it is no Error, and the text is all there is to see of it. The message is one that a getter gives: the only
 * getter that runs, as custom inspection does. */
function explain(value) {
  if (!errorIsError(value)) return {__proto__: null, text: shortened(describe(value))};
  let name = 'Error';
  const message = shortened(messageOnDemand(value));
  try {
    name = nameOf(value);
    const extras = extrasOf(value);
    const cause = causeOf(value) ?? '';
    const text = extras === undefined ? cause : `${describe(extras)}${cause === '' ? '' : `\n${cause}`}`;
    return {__proto__: null, name, text: shortened(text), message};
  } catch {
    return {__proto__: null, name, message};
  }
}

function shortened(text) {
  if (text.length <= LONGEST_DETAILS) return text;
  return `${stringSlice(text, 0, LONGEST_DETAILS)}\n... ${text.length - LONGEST_DETAILS} more characters`;
}
