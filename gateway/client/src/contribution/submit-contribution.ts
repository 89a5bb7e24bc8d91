import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonValue } from '@veilsum/crypto';
import type { Ledger } from '@veilsum/ledger';
import { VeilsumError, type Contribution } from '@veilsum/protocol';
import { uploadContainer, type UploadGateway, type UploadOptions } from './container-upload.js';
import type { ContributionFolder, PreparedContribution } from './contribution-folder.js';

/** Where a contribution goes. */
export interface ContributionTarget {
  readonly ledger: Ledger;
  readonly gateway: UploadGateway;
  readonly upload?: UploadOptions;
  /** How long the ledger may take to show what the gateway recorded. */
  readonly recordedWithinMs?: number;
}

/**
 * Registers a contribution on the ledger and uploads its container. What is still to be done follows
 * from the ledger, so calling it again after any crash goes on where it stopped, with the same bytes.
 * When the ledger refuses the registration for good, the files are deleted.
 * @returns the contribution as the ledger has it: stored, or superseded or withdrawn since
 * @throws {@link VeilsumError} with the code of the ledger or the gateway
 */
export async function submitContribution(
  target: ContributionTarget,
  folder: ContributionFolder,
  { registration, containerPath }: PreparedContribution,
): Promise<Contribution> {
  const { contributionId } = registration;
  const known =
    (await findContribution(target.ledger, contributionId)) ??
    (await register(target.ledger, folder, registration));
  if (known.status !== 'registered') return known;
  await uploadContainer(target.gateway, { contributionId, containerPath }, target.upload);
  return requireRecorded(target, contributionId);
}

/**
 * Finishes what an earlier run of this machine began: contributions that the ledger does not have yet,
 * or has without their container.
 * @param only - of this product and epoch
 * @returns those that it finished
 */
export async function resumeContributions(
  target: ContributionTarget,
  folder: ContributionFolder,
  only: { readonly productId: string; readonly epoch: string },
): Promise<Contribution[]> {
  const finished: Contribution[] = [];
  for (const prepared of await folder.list()) {
    const { contributionId, productId, epoch } = prepared.registration;
    if (productId !== only.productId || epoch !== only.epoch) continue;
    const known = await findContribution(target.ledger, contributionId);
    if (known === undefined || known.status === 'registered') {
      finished.push(await submitContribution(target, folder, prepared));
    }
  }
  return finished;
}

async function register(
  ledger: Ledger,
  folder: ContributionFolder,
  registration: PreparedContribution['registration'],
): Promise<Contribution> {
  const argument = registration as unknown as JsonValue;
  try {
    const request = { contract: 'contribution', transaction: 'register', argument };
    return (await ledger.submit(request)).result as unknown as Contribution;
  } catch (error) {
    const { contributionId } = registration;
    const isRefused = error instanceof VeilsumError && !error.transient;
    if (isRefused && (await findContribution(ledger, contributionId)) === undefined) {
      await folder.discard(contributionId);
    }
    throw error;
  }
}

async function findContribution(
  ledger: Ledger,
  contributionId: string,
): Promise<Contribution | undefined> {
  try {
    const found = await ledger.evaluate({
      contract: 'contribution',
      transaction: 'read',
      argument: { contributionId },
    });
    return found as unknown as Contribution;
  } catch (error) {
    if (error instanceof VeilsumError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

/** The gateway's word is not enough: it is the ledger that lets a contribution into a cohort. */
async function requireRecorded(
  { ledger, recordedWithinMs = 15_000 }: ContributionTarget,
  contributionId: string,
): Promise<Contribution> {
  const deadline = Date.now() + recordedWithinMs;
  for (;;) {
    const found = await findContribution(ledger, contributionId);
    if (found !== undefined && found.status !== 'registered') return found;
    if (Date.now() >= deadline) {
      throw new VeilsumError(
        'GATEWAY_UNAVAILABLE',
        'The gateway took the container, but the ledger does not show it as stored. Try again.',
      );
    }
    await sleep(100);
  }
}
