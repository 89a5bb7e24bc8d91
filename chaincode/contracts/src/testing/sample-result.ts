import {
  combineShares,
  createCertificate,
  createEncryptor,
  createShare,
  decodePublicKey,
  hashFinal,
  packBlock,
  requiredBlocks,
  unitsOfBlock,
  type Ciphertext,
  type DealtKey,
} from '@veilsum/crypto';
import type { Certificate, QueryRecord } from '@veilsum/protocol';
import { layoutForProduct } from '@veilsum/rules';
import { sampleHash, sampleProduct } from './sample-objects.js';
import { blind, sealedShareOf } from './sample-query.js';
import type { TestLedger } from './test-ledger.js';

/** The released slots of a plane in a group, in lane order. */
export type SampleValues = (group: number, plane: number) => readonly bigint[];

/**
 * Brings a query to its release with final blocks that hold given values, as a committee that adds no
 * noise would.
 * @returns the certificate that the analyst computes
 */
export async function releaseValues(
  ledger: TestLedger,
  dealt: DealtKey,
  query: QueryRecord,
  values: SampleValues,
): Promise<Certificate> {
  const { planHash, queryId } = query;
  if (planHash === undefined) throw new Error('The query has no plan.');
  for (const index of [1, 2, 3]) await blind(ledger, query, index);
  const key = decodePublicKey(dealt.record);
  const finals = finalBlocks(dealt, query, values);
  const opening = { key, planHash, attempt: 1, finals };
  const finalHash = hashFinal({ ...opening, blocks: finals });
  for (const index of [1, 2]) {
    const sealed = Buffer.from(sealedShareOf(query, index), 'base64').toString();
    const release = { queryId, planHash, attempt: 1, finalHash, shareHash: sampleHash(sealed) };
    await ledger.submit(`keyholder-${index}`, 'query', 'releaseShare', release);
  }
  const shares = dealt.shares
    .slice(0, 2)
    .map(({ index, value }) => createShare({ ...opening, index, share: value }));
  return createCertificate(opening, combineShares({ ...opening, shares })) as Certificate;
}

/** One ciphertext for each block of the plan; what was not asked for is masked by nothing. */
function finalBlocks(dealt: DealtKey, { plan }: QueryRecord, values: SampleValues): Ciphertext[] {
  const layout = layoutForProduct(sampleProduct(), dealt.record);
  const planes = plan?.planes.map(({ plane }) => plane) ?? [];
  const positions = requiredBlocks(layout, planes, plan?.groups.length ?? 0);
  const encryptor = createEncryptor(decodePublicKey(dealt.record), {
    expectedCount: positions.length,
    format: 'veilsum-blinding/1',
  });
  return positions.map(({ group, block }) => {
    const contents = unitsOfBlock(layout, block).map(({ plane }) =>
      planes.includes(plane) ? { slots: values(group, plane) } : { value: 0n },
    );
    return encryptor.encrypt(packBlock(layout, block, contents), encryptor.generateAlpha());
  });
}
