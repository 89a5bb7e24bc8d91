import { bytesToHex, decodePublicKey, generateBlinding, randomBytes } from '@veilsum/crypto';
import { queryRecordSchema, type BlindingObject, type QueryRecord } from '@veilsum/protocol';
import { layoutForProduct } from '@veilsum/rules';

import { SAMPLE_EPOCH, sampleProduct } from '../../../chaincode/contracts/src/testing/index.js';
import type { GatewayNetwork } from './gateway-network.js';

/** Puts money on the analyst's account. */
export async function fundAnalyst(network: GatewayNetwork): Promise<void> {
  const transferId = bytesToHex(randomBytes(16));
  await network.submit('analyst', 'account:proposeTransfer', {
    format: 'veilsum-transfer/1',
    transferId,
    kind: 'deposit',
    amount: '1000000',
    reference: 'Statement 1',
  });
  await network.submit('operator', 'account:confirmTransfer', { transferId });
}

/** Asks for the exact sum of sales by region. @returns the authorised query */
export async function requestSum(network: GatewayNetwork): Promise<QueryRecord> {
  const record = await network.submit('analyst', 'query:request', {
    format: 'veilsum-query/1',
    queryId: bytesToHex(randomBytes(16)),
    productId: 'weekly-sales',
    productVersion: 1,
    epoch: SAMPLE_EPOCH,
    purpose: 'ServiceOptimisation',
    function: 'sum',
    measures: ['sales'],
    groupBy: ['region'],
    where: {},
    span: 'epoch',
    release: 'exact',
    epsilonMicro: 0,
    maximumPrice: '5000',
    resultKey: bytesToHex(randomBytes(32)),
  });
  return queryRecordSchema.parse(record);
}

export async function readQuery(network: GatewayNetwork, queryId: string): Promise<QueryRecord> {
  return queryRecordSchema.parse(await network.read('query:read', { queryId }));
}

/** A keyholder's blinding, recorded on the ledger. */
export async function commitBlinding(
  network: GatewayNetwork,
  { queryId, plan, planHash, attempt }: QueryRecord,
  index: number,
): Promise<BlindingObject> {
  if (plan === undefined || planHash === undefined || attempt === undefined) {
    throw new Error('The query was refused.');
  }
  const key = decodePublicKey(network.dealt.record);
  const blinding = generateBlinding({
    key,
    layout: layoutForProduct(sampleProduct(), key.record),
    groups: plan.groups.length,
    planes: plan.planes.map(({ plane, epsilonMicro, sensitivity }) => ({
      plane,
      epsilonMicro: BigInt(epsilonMicro),
      sensitivity: BigInt(sensitivity),
    })),
    release: plan.release,
    planHash,
    attempt: attempt.attempt,
    index,
  });
  await network.submit(`keyholder-${index}`, 'query:commitBlinding', {
    queryId,
    planHash,
    attempt: attempt.attempt,
    blindingHash: blinding.blindingHash,
  });
  return {
    blocks: blinding.blocks.map((block) => block.toString(16)),
    context: blinding.context,
    format: 'veilsum-blinding-object/1',
    proof: blinding.proof,
  } as BlindingObject;
}

/** Waits until something is so, looking often. */
export async function until<T>(look: () => Promise<T | undefined>, waitMsMax = 15_000): Promise<T> {
  const end = Date.now() + waitMsMax;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error('It did not come about in time.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
