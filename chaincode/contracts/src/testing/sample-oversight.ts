import { commitmentMakingSchema, type CommitmentMaking } from '@veilsum/protocol';
import { SAMPLE_EPOCH } from './sample-network.js';
import { sampleId, sampleRegistration } from './sample-objects.js';
import type { TestLedger } from './test-ledger.js';

/** Lets a regulator in, who shares decisions with the operator. */
export async function addRegulator(ledger: TestLedger): Promise<void> {
  const identity = await ledger.identity('regulator', 'RegulatorMSP');
  const registration = sampleRegistration('regulator', ['regulator'], identity);
  await ledger.submit('operator', 'member', 'register', registration);
}

/** Asks a question. @returns its id */
export async function askQuestion(ledger: TestLedger, as: string, name: string): Promise<string> {
  const questionId = sampleId(`question ${name}`);
  const asking = { questionId, topic: name, text: `May I share ${name}?` };
  await ledger.submit(as, 'question', 'ask', asking);
  return questionId;
}

/** A merchant's commitment to the sample product and epoch. */
export function sampleCommitment(
  merchant: string,
  dueAt: number,
  changes: Partial<Record<keyof CommitmentMaking, unknown>> = {},
): CommitmentMaking {
  return commitmentMakingSchema.parse({
    commitmentId: sampleId(`commitment of ${merchant}`),
    productId: 'weekly-sales',
    productVersion: 1,
    epoch: SAMPLE_EPOCH,
    dueAt,
    ...changes,
  });
}
