// Colours of the page that the widget is in, and when they change.

const ATTRIBUTES = ['data-jp-theme-name', 'data-jp-theme-light', 'data-vscode-theme-kind', 'class', 'style'];

/// The colours that a canvas needs, as the page has them now; style sheets use the same variables.
export function colours(el) {
  const style = getComputedStyle(el);
  const of = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const text = of('--jp-ui-font-color1', style.color);
  return {
    text,
    faint: of('--jp-ui-font-color2', text),
    line: of('--jp-border-color2', 'rgba(128, 128, 128, 0.4)'),
    background: of('--jp-layout-color0', 'transparent'),
    warn: of('--jp-warn-color1', '#c77700'),
    error: of('--jp-error-color1', '#d32f2f'),
    // Told apart by people who see few colours, and on light and dark grounds.
    series: ['#4c8dd8', '#e08a1e', '#3aa66f', '#c75a9b', '#8f79d6', '#b3a125', '#5bb5c9', '#d0604c'],
  };
}

/// Calls `action` when the page changes its theme.
export function onTheme(action, signal) {
  const observer = new MutationObserver(() => action());
  observer.observe(document.body, {attributes: true, attributeFilter: ATTRIBUTES});
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', action, {signal});
  signal.addEventListener('abort', () => observer.disconnect());
}
