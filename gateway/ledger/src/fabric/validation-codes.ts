import { peer } from '@hyperledger/fabric-protos';

/** Fabric's BlockMetadataIndex for the codes that the peer which sent the block gave its transactions. */
const TRANSACTIONS_FILTER = 2;

/**
 * What a peer recorded for each transaction. Nobody signed it, so whoever must not believe the peer works
 * the codes out anew.
 */
export function recordedCodes({
  metadata,
}: {
  readonly metadata: readonly Uint8Array[];
}): string[] {
  return [...(metadata[TRANSACTIONS_FILTER] ?? [])].map(nameOfCode);
}

function nameOfCode(code: number): string {
  const named = Object.entries(peer.TxValidationCode).find(([, value]) => value === code);
  return named?.[0] ?? `CODE_${code}`;
}
