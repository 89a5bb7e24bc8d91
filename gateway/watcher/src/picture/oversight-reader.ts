import { askLedger, type Ledger } from '@veilsum/ledger';
import { commitmentSchema } from '@veilsum/protocol';
import { z } from 'zod';
import type { OversightPicture } from './oversight-picture.js';

/** What the ledger says of promises, openings and incidents. @throws {@link VeilsumError} */
export async function readOversight(ledger: Pick<Ledger, 'evaluate'>): Promise<OversightPicture> {
  const commitments = await askLedger(ledger, 'commitment:list', {}, z.array(commitmentSchema));
  return { commitments };
}
