/**
 * The validation code that a transaction must have: whatever it read is still as it was when it read it,
 * after all valid transactions before it.
 */
export function expectedCode({ reads, ranges }, world) {
  const isStale = reads.some(({ key, version }) => !isSame(world.version(key), version));
  if (isStale) return 'MVCC_READ_CONFLICT';
  const isPhantom = ranges.some(({ startKey, endKey, results }) => {
    const found = world.range(startKey, endKey);
    return (
      found.length !== results.length ||
      found.some(
        ({ key, version }, at) => key !== results[at].key || !isSame(version, results[at].version),
      )
    );
  });
  return isPhantom ? 'PHANTOM_READ_CONFLICT' : 'VALID';
}

const isSame = (left, right) =>
  left?.block === right?.block && left?.transaction === right?.transaction;
