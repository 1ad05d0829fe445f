// Paths: texts, bytes and URLs of files.

function isBytes(value) {
  return isTypedArray(value) && typedArrayTag(value) === 'Uint8Array';
}

/** What the host gets of a path: text, or a buffer. */
function pathOf(value, name, above) {
  const what = 'must be a string, Uint8Array, or URL without null bytes';
  if (isBytes(value)) {
    const bytes = new Uint8Array(bytesOf(value));
    const length = typedByteLength(bytes);
    for (let i = 0; i < length; i++) {
      if (bytes[i] === 0) throw valueError(name, what, value, above);
    }
    return typedBuffer(bytes);
  }
  let path = value;
  if (typeof value !== 'string') {
    const url = isObject(value) ? asUrl(value) : undefined;
    if (url === undefined) throw argumentError(name, 'of type string or an instance of Buffer or URL', value, above);
    path = pathOfUrl(url, above);
  }
  if (stringIncludes(path, '\0')) throw valueError(name, what, path, above);
  return path;
}
