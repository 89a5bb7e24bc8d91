import { decodePublicKey, type PublicKey } from '@veilsum/crypto';
import { verifyContainer } from '@veilsum/protocol/container';

import type { VerificationTask } from './compute-pool.js';

/** The check of a record takes a dozen powers; a thread meets few keys. */
const keys = new Map<string, PublicKey>();

/** @throws {@link VeilsumError} as `verifyContainer` does */
export async function runVerification(task: VerificationTask): Promise<void> {
  const { path, context, cells, blocks } = task;
  await verifyContainer({ path, key: keyOf(task), context, cells, blocks });
}

function keyOf({ keyRecord, context }: VerificationTask): PublicKey {
  let key = keys.get(context.keyId);
  if (key === undefined) {
    key = decodePublicKey(keyRecord);
    keys.set(key.record.keyId, key);
  }
  return key;
}
