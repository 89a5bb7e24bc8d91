import type { Command } from 'commander';
import { decodePublicKey } from '@veilsum/crypto';
import { askLedger } from '@veilsum/ledger';
import {
  committeeKeySchema,
  consentSchema,
  VeilsumError,
  type Contribution,
  type Product,
} from '@veilsum/protocol';
import { readContribution, type Reading } from '../bounding/read-contribution.js';
import { ContributionFolder } from '../contribution/contribution-folder.js';
import { previewContribution } from '../contribution/contribution-preview.js';
import { createContribution } from '../contribution/create-contribution.js';
import { resumeContributions, submitContribution } from '../contribution/submit-contribution.js';
import { readMapping } from '../mapping/mapping-file.js';
import { readProduct } from '../query/ledger-view.js';
import { contributionTarget, type Session } from '../session/session.js';
import { addCommand, type CommandContext } from './command.js';
import { parseProductReference } from './product-reference.js';
import { showPreview, showReading } from './contribution-view.js';
import type { Output } from './output.js';
import { createProgress } from './progress.js';

interface ContributeOptions {
  readonly product: string;
  readonly epoch: string;
  readonly file?: string;
  readonly mapping: string;
  readonly consent?: string;
  readonly supersedes?: string;
  readonly skipInvalid?: string;
  readonly dryRun?: true;
}

/** Adds `veilsum contribute`. */
export function addContributeCommand(program: Command): void {
  addCommand<ContributeOptions>(program, {
    usage: 'contribute',
    summary: 'read a file, bound and encrypt it here, and contribute the ciphertexts',
    example:
      'contribute --as corner-shop --product weekly-sales@1 --epoch 2017-Q1 --file sales.csv --mapping sales.yaml --dry-run',
    options: [
      { flags: '--product <name@version>', meaning: 'product', required: true },
      { flags: '--epoch <epoch>', meaning: 'period, such as 2017-Q1', required: true },
      { flags: '--mapping <file>', meaning: 'how columns become the product', required: true },
      { flags: '--file <file>', meaning: 'the data (default: the one the mapping names)' },
      { flags: '--consent <id>', meaning: 'the consent it rests on (default: your active one)' },
      { flags: '--supersedes <id>', meaning: 'an earlier contribution that it replaces' },
      { flags: '--skip-invalid <percent>', meaning: 'drop invalid rows, up to this share of all' },
      { flags: '--dry-run', meaning: 'show what would leave the machine; send nothing' },
    ],
    run: contribute,
  });
}

async function contribute(context: CommandContext, options: ContributeOptions): Promise<void> {
  const { output } = context;
  const session = await context.session();
  const { productId, version } = parseProductReference(options.product);
  const product = await readProduct(session.ledger, productId, version);
  const folder = folderOf(session);
  if (
    options.dryRun !== true &&
    (await resumed(context, session, { productId, epoch: options.epoch }))
  )
    return;
  const active = await askLedger(session.ledger, 'committee:active', {}, committeeKeySchema);
  const key = decodePublicKey(active.record);
  const reading = await readContribution({
    product,
    mapping: await readMapping(options.mapping),
    file: options.file,
    skipInvalidBps: basisPoints(options.skipInvalid),
  });
  showReading(output, reading);
  const { values, coverage } = reading;
  if (options.dryRun === true) {
    const preview = previewContribution({ product, key, values, coverage });
    output.result({ dryRun: true, read: readingForPrograms(reading), preview });
    showPreview(output, product, preview);
    return;
  }
  const progress = createProgress('Encrypting');
  const prepared = await createContribution({
    folder,
    contributor: session.identity,
    product,
    key,
    epoch: options.epoch,
    consentId: options.consent ?? (await activeConsent(session, product)),
    values,
    coverage,
    supersedes: options.supersedes,
    onProgress: ({ done, total }) => {
      progress.update(done, total);
    },
  });
  progress.stop();
  const stored = await submitContribution(contributionTarget(session), folder, prepared);
  output.result({ read: readingForPrograms(reading), contribution: stored });
  sayStored(output, stored);
}

const folderOf = ({ state, identity }: Session) =>
  new ContributionFolder(state.contributions(identity.memberId));

/** Finishes what an earlier run began and could not end: it sends the same bytes again. */
async function resumed(
  { output }: CommandContext,
  session: Session,
  place: { readonly productId: string; readonly epoch: string },
): Promise<boolean> {
  const finished = await resumeContributions(contributionTarget(session), folderOf(session), place);
  const [contribution] = finished;
  if (contribution === undefined) return false;
  output.note(
    'An earlier run was interrupted; its contribution was finished instead of a new one.',
  );
  output.result({ resumed: true, contribution });
  sayStored(output, contribution);
  return true;
}

function sayStored(
  output: Output,
  { contributionId, rowCount, byteLength, status }: Contribution,
): void {
  output.line(
    `Contribution ${contributionId} is ${status}: ${rowCount} ciphertexts, ${byteLength} bytes. It counts from now on.`,
  );
}

async function activeConsent({ ledger, identity }: Session, product: Product): Promise<string> {
  const { productId, version } = product;
  const filter = { contributorId: identity.memberId, productId };
  const consents = await askLedger(ledger, 'consent:list', filter, consentSchema.array());
  const usable = consents.filter((c) => c.status === 'active' && c.productVersion === version);
  const [consent] = usable;
  if (consent !== undefined && usable.length === 1) return consent.consentId;
  throw new VeilsumError(
    'CONSENT_INVALID',
    usable.length === 0
      ? `You have no active consent for ${productId}@${version}; see "veilsum consent grant --help".`
      : `You have ${usable.length} active consents for ${productId}@${version}; say which with --consent.`,
  );
}

function basisPoints(percent: string | undefined): number | undefined {
  if (percent === undefined) return undefined;
  const value = Number(percent) * 100;
  if (Number.isInteger(value) && value >= 0 && value <= 10_000) return value;
  throw new VeilsumError('INVALID_ARGUMENT', `--skip-invalid is a percentage, not "${percent}".`);
}

/** The values themselves are secret and are not part of what a command prints. */
const readingForPrograms = ({ report, coverage }: Reading) => ({ ...report, coverage });
