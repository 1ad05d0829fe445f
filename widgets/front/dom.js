// Elements of the page. Texts come from isolates and are hostile: they are only ever set as texts.

/// An element with attributes (`class`, `title`, 'aria-label', ...; null for none; functions are listeners: `onclick`)
/// and children: elements and texts.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/// Changes a text only if it is another one: a page pays for each change.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/// Saves a file from the page.
export function download(name, parts, type = 'application/json') {
  const url = URL.createObjectURL(new Blob(parts, {type}));
  make('a', {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
