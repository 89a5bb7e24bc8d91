import type { Genesis } from '@veilsum/protocol';

/** What the contracts of a ledger are told of its genesis, wherever they run: it never changes. */
export function contractOptionsOf({ founderFingerprint, msps }: Genesis): {
  founderFingerprint: string;
  mspIds: readonly string[];
} {
  return { founderFingerprint, mspIds: msps.map(({ mspId }) => mspId) };
}
