// Numbers as people read them: the same texts as magics/tables.py gives.

/// Bytes: MB are 1024 * 1024 of them, as in limits.
export function sizeText(bytes) {
  if (Math.abs(bytes) < 1000 * 1024) return `${(bytes / 1024).toFixed(0)} KB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

export function growthText(bytes) {
  return `${bytes < 0 ? '-' : '+'}${sizeText(Math.abs(bytes))}`;
}

export function timeText(seconds) {
  if (seconds < 0.9995) return `${(seconds * 1000).toFixed(0)} ms`;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}
