import { askLedger, type Ledger } from '@veilsum/ledger';
import { commitmentSchema, incidentSchema, openingTaskSchema } from '@veilsum/protocol';
import { z } from 'zod';
import type { OversightPicture } from './oversight-picture.js';

/** What the ledger says of promises, openings and incidents. @throws {@link VeilsumError} */
export async function readOversight(ledger: Pick<Ledger, 'evaluate'>): Promise<OversightPicture> {
  return {
    commitments: await askLedger(ledger, 'commitment:list', {}, z.array(commitmentSchema)),
    incidents: await askLedger(ledger, 'incident:list', {}, z.array(incidentSchema)),
    openingTasks: await askLedger(ledger, 'opening:tasks', {}, z.array(openingTaskSchema)),
  };
}
