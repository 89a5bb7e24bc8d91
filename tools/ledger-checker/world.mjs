/**
 * The state of the ledger as the writes of its valid transactions make it: each key with its value and the
 * place of the transaction that wrote it.
 */
export class World {
  #values = new Map();
  #kinds = new Map();

  apply(writes, version) {
    for (const { key, value } of writes) {
      const { type, parts } = splitKey(key);
      const kind = this.#kinds.get(type) ?? new Map();
      this.#kinds.set(type, kind);
      if (value === null) {
        this.#values.delete(key);
        kind.delete(key);
      } else {
        const entry = { key, type, parts, value: JSON.parse(value), version };
        this.#values.set(key, entry);
        kind.set(key, entry);
      }
    }
  }

  version(key) {
    return this.#values.get(key)?.version ?? null;
  }

  /** The object of a kind under the parts of its key. */
  get(type, ...parts) {
    return this.#values.get(joinKey(type, parts))?.value;
  }

  /** Objects of a kind whose key begins with these parts. */
  list(type, ...prefix) {
    const start = joinKey(type, prefix);
    const entries = [...(this.#kinds.get(type)?.values() ?? [])];
    return (prefix.length === 0 ? entries : entries.filter(({ key }) => key.startsWith(start))).map(
      ({ value }) => value,
    );
  }

  /** Keys in a range with their versions, in the order of their UTF-8 bytes. */
  range(startKey, endKey) {
    const [start, end] = [Buffer.from(startKey), Buffer.from(endKey)];
    return this.#candidates(startKey)
      .map((entry) => ({ ...entry, bytes: Buffer.from(entry.key) }))
      .filter(({ bytes }) => bytes.compare(start) >= 0 && bytes.compare(end) < 0)
      .sort((left, right) => left.bytes.compare(right.bytes));
  }

  /** A range over composite keys stays within one kind, which spares looking at all the others. */
  #candidates(startKey) {
    const isWithinKind = startKey.startsWith('\u0000') && startKey.indexOf('\u0000', 1) > 0;
    const found = isWithinKind ? this.#kinds.get(splitKey(startKey).type) : this.#values;
    return [...(found?.values() ?? [])];
  }
}

/** A composite key is U+0000, then each part followed by U+0000. */
export function splitKey(key) {
  const [type = '', ...parts] = key.slice(1, -1).split('\u0000');
  return { type, parts };
}

const joinKey = (type, parts) =>
  `\u0000${[type, ...parts].map((part) => `${part}\u0000`).join('')}`;
