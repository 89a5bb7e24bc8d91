/**
 * Canonical JSON as docs/protocol.md §10 says, written for this checker alone: keys sorted by UTF-16 code
 * unit, no spaces, whole numbers up to 2^53 − 1, strings as JSON.stringify escapes them.
 *
 * @throws {TypeError} for what has no canonical form
 */
export function canonical(value) {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new TypeError('number');
    return String(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('lone surrogate');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(typeof value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => {
      if (key === '__proto__') throw new TypeError('key');
      return `${canonical(key)}:${canonical(value[key])}`;
    });
  return `{${fields.join(',')}}`;
}

/** Whether a text is the canonical form of what it says. */
export function isCanonical(text) {
  try {
    return canonical(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}
