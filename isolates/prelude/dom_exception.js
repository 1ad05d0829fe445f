// DOMException: the errors of the web, with a name each, and a number where old pages know one.

// By their numbers, from 1 on: the name, where one is still thrown, and the constant.
const DOM_ERRORS = [
  'IndexSizeError INDEX_SIZE', ' DOMSTRING_SIZE', 'HierarchyRequestError HIERARCHY_REQUEST', 'WrongDocumentError WRONG_DOCUMENT',
  'InvalidCharacterError INVALID_CHARACTER', ' NO_DATA_ALLOWED', 'NoModificationAllowedError NO_MODIFICATION_ALLOWED', 'NotFoundError NOT_FOUND',
  'NotSupportedError NOT_SUPPORTED', 'InUseAttributeError INUSE_ATTRIBUTE', 'InvalidStateError INVALID_STATE', 'SyntaxError SYNTAX',
  'InvalidModificationError INVALID_MODIFICATION', 'NamespaceError NAMESPACE', 'InvalidAccessError INVALID_ACCESS', ' VALIDATION',
  'TypeMismatchError TYPE_MISMATCH', 'SecurityError SECURITY', 'NetworkError NETWORK', 'AbortError ABORT', 'URLMismatchError URL_MISMATCH',
  'QuotaExceededError QUOTA_EXCEEDED', 'TimeoutError TIMEOUT', 'InvalidNodeTypeError INVALID_NODE_TYPE', 'DataCloneError DATA_CLONE',
];
const domErrorCodes = {__proto__: null};

/** What a DOMException knows of itself, on an object that is a true Error, which has a stack and is known as one by the engine. */
class DomErrorSlots extends function (error) {
  return error;
} {
  #name;
  #message;
  constructor(error, name, message) {
    super(error);
    this.#name = name;
    this.#message = message;
  }
  static isSlotted(value) {
    return value !== null && typeof value === 'object' && #name in value;
  }
  static nameOf(error) {
    return error.#name;
  }
  static messageOf(error) {
    return error.#message;
  }
}
const isDomException = (value) => DomErrorSlots.isSlotted(value);

class DOMException {
  constructor(message = '', options = 'Error') {
    const hasOptions = options !== null && typeof options === 'object';
    const name = hasOptions ? options.name : options;
    const text = `${message}`;
    const error = new Error(text); // V8 remembers this message for the head of the stack
    deleteProperty(error, 'message');
    setPrototypeOf(error, new.target.prototype);
    new DomErrorSlots(error, name === undefined ? 'Error' : `${name}`, text);
    if (hasOptions && 'cause' in options) {
      defineProperty(error, 'cause', {__proto__: null, value: options.cause, writable: true, configurable: true});
    }
    captureStackTrace(error, new.target);
    return error;
  }
  get name() {
    return DomErrorSlots.nameOf(this);
  }
  get message() {
    return DomErrorSlots.messageOf(this);
  }
  get code() {
    return domErrorCodes[DomErrorSlots.nameOf(this)] ?? 0;
  }
}
setPrototypeOf(DOMException.prototype, Error.prototype);
for (let i = 0; i < DOM_ERRORS.length; i++) {
  const words = stringSplit(DOM_ERRORS[i], ' ');
  if (words[0] !== '') domErrorCodes[words[0]] = i + 1;
  const constant = {__proto__: null, value: i + 1, enumerable: true};
  defineProperty(DOMException, `${words[1]}_ERR`, constant);
  defineProperty(DOMException.prototype, `${words[1]}_ERR`, constant);
}

/** Adds a class of the web: its methods and getters are enumerable, and the class is not. */
function defineClass(Class) {
  const {name, prototype} = Class;
  const keys = ownKeys(prototype);
  for (let i = 0; i < keys.length; i++) {
    if (typeof keys[i] === 'symbol' || keys[i] === 'constructor') continue;
    defineProperty(prototype, keys[i], {__proto__: null, enumerable: true});
  }
  defineProperty(prototype, toStringTag, {__proto__: null, value: name, configurable: true});
  defineGlobal(name, Class, false);
}
