import type { DealtKey } from '@veilsum/crypto';
import {
  commitmentMakingSchema,
  type CommitmentMaking,
  type ProductDefinition,
} from '@veilsum/protocol';
import { SAMPLE_EPOCH, contributionOf, grantConsent, letIn } from './sample-network.js';
import { sampleId, sampleProduct } from './sample-objects.js';
import type { TestLedger } from './test-ledger.js';

/** Lets a regulator in, who shares decisions with the operator. */
export async function addRegulator(ledger: TestLedger): Promise<void> {
  await letIn(ledger, { name: 'regulator', mspId: 'RegulatorMSP', roles: ['regulator'] });
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

/** How long an answer may take in {@link openableProduct}. */
export const ANSWER_MS = 60_000;

/** An epoch that is over at the start of every test ledger. */
export const OPENED_EPOCH = '2025-Q3';

/** A version of the sample product whose contributions may be opened: one, of one cell. */
export function openableProduct(
  openings: object = { contributions: 1, cells: 1, answerMs: ANSWER_MS },
): ProductDefinition {
  return sampleProduct({ version: 2, openings: openings as ProductDefinition['openings'] });
}

/** A merchant consents and registers a contribution that may be opened. */
export async function registerOpenable(ledger: TestLedger, dealt: DealtKey, merchant: string) {
  await grantConsent(ledger, merchant, { productVersion: 2 });
  const changes = { productVersion: 2, epoch: OPENED_EPOCH };
  const registration = contributionOf(merchant, dealt, changes);
  await ledger.submit(merchant, 'contribution', 'register', registration);
  return registration;
}

/** A merchant contributes what may be opened. @returns the contribution's id */
export async function contributeOpenable(
  ledger: TestLedger,
  dealt: DealtKey,
  merchant: string,
): Promise<string> {
  const { contributionId, contentHash } = await registerOpenable(ledger, dealt, merchant);
  await ledger.submit('gateway', 'contribution', 'markStored', { contributionId, contentHash });
  return contributionId;
}
