// Errors with a code, as Node's modules throw them.

const {deleteProperty} = Reflect;
const stringStartsWith = uncurryThis(String.prototype.startsWith);

/** An error that points at the code which called `above`. */
function codedError(Class, code, message, above) {
  const error = new Class(message);
  if (stringStartsWith(code, 'ERR_')) {
    defineProperty(error, 'name', {__proto__: null, value: `${error.name} [${code}]`, configurable: true});
    captureStackTrace(error, above); // has the name in its head
    deleteProperty(error, 'name');
  } else {
    captureStackTrace(error, above);
  }
  defineProperty(error, 'code', {__proto__: null, value: code, writable: true, enumerable: true, configurable: true});
  return error;
}

/** As Node writes it: a short view of what was given in the place of something else. */
function received(value) {
  if (value === undefined || value === null) return ` Received ${value}`;
  if (typeof value === 'function') return ` Received function ${value.name}`;
  if (typeof value === 'object') {
    const name = value.constructor?.name;
    return name ? ` Received an instance of ${name}` : ` Received ${inspect(value, {depth: -1})}`;
  }
  return ` Received type ${typeof value} (${inspect(value, {colors: false})})`;
}

function argumentError(name, wanted, value, above) {
  const what = stringIncludes(name, '.') ? 'property' : 'argument';
  return codedError(TypeError, 'ERR_INVALID_ARG_TYPE', `The "${name}" ${what} must be ${wanted}.${received(value)}`, above);
}

function checkFunction(value, name, above) {
  if (typeof value !== 'function') throw argumentError(name, 'of type function', value, above);
}
