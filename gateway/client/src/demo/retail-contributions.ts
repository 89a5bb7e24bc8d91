import { randomBytes } from 'node:crypto';
import { decodePublicKey, type PublicKey } from '@veilsum/crypto';
import { askLedger, tellLedger } from '@veilsum/ledger';
import {
  committeeKeySchema,
  consentSchema,
  contributionSchema,
  type Consent,
  type ConsentTerms,
  type Contribution,
} from '@veilsum/protocol';
import { readContribution } from '../bounding/read-contribution.js';
import { consentReceipt } from '../consent/receipt.js';
import { ContributionFolder } from '../contribution/contribution-folder.js';
import { createContribution } from '../contribution/create-contribution.js';
import { submitContribution } from '../contribution/submit-contribution.js';
import { contributionTarget, type Session } from '../session/session.js';
import type { DemoStage } from './demo-stage.js';
import type { ExampleMerchant, ExampleProduct } from './retail-example.js';
import type { RetailNetwork } from './retail-members.js';

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;

/** Every merchant consents to and contributes to both products, unless an earlier start did. */
export async function contributeRetailData(stage: DemoStage, retail: RetailNetwork): Promise<void> {
  const { ledger } = retail.analyst;
  const active = await askLedger(ledger, 'committee:active', {}, committeeKeySchema);
  const key = decodePublicKey(active.record);
  const known = await askLedger(ledger, 'contribution:list', {}, contributionSchema.array());
  const consents = await askLedger(ledger, 'consent:list', {}, consentSchema.array());
  for (const merchant of retail.example.merchants) {
    const facts: string[] = [];
    for (const product of retail.example.products) {
      const place = { merchant, product };
      const live = known.find((contribution) => isOf(contribution, place));
      const stored =
        live?.status === 'stored'
          ? live
          : await contributeOne(retail, key, { ...place, consents }, facts);
      retail.filesByContribution.set(stored.contributionId, merchant.file);
    }
    stage.say(
      facts.length === 0
        ? `${merchant.id}: has contributed already.`
        : `${merchant.id}: ${facts.join('; ')}.`,
    );
  }
}

interface Place {
  readonly merchant: ExampleMerchant;
  readonly product: ExampleProduct;
}

function isOf(object: Contribution | Consent, { merchant, product }: Place): boolean {
  const { definition } = product;
  return (
    object.contributorId === merchant.id &&
    object.productId === definition.productId &&
    object.productVersion === definition.version
  );
}

async function contributeOne(
  retail: RetailNetwork,
  key: PublicKey,
  place: Place & { readonly consents: readonly Consent[] },
  facts: string[],
): Promise<Contribution> {
  const { merchant, product, consents } = place;
  const session = await retail.sessionOf(merchant.id);
  const consentId =
    consents.find((consent) => isOf(consent, place))?.consentId ??
    (await grantConsent(session, retail, place));
  const { values, coverage, report } = await readContribution({
    product: product.definition,
    mapping: product.mapping,
    file: retail.example.dataFile(merchant),
  });
  const folder = new ContributionFolder(session.state.contributions(merchant.id));
  const prepared = await createContribution({
    folder,
    contributor: session.identity,
    product: product.definition,
    key,
    epoch: retail.example.epoch,
    consentId,
    values,
    coverage,
  });
  const { rowCount, byteLength } = prepared.registration;
  facts.push(
    `${report.rowsUsed.toLocaleString('en')} rows of ${merchant.file} → ${rowCount} ciphertexts for ${product.definition.productId}, ${Math.ceil(byteLength / 1024)} KiB`,
  );
  return submitContribution(contributionTarget(session), folder, prepared);
}

async function grantConsent(
  session: Session,
  { example }: RetailNetwork,
  { merchant, product }: Place,
): Promise<string> {
  const { definition } = product;
  const now = Date.now();
  const terms: Omit<ConsentTerms, 'receiptHash' | 'format'> = {
    consentId: randomBytes(16).toString('hex') as ConsentTerms['consentId'],
    productId: definition.productId,
    productVersion: definition.version,
    purposes: example.purposes.filter((purpose) => !merchant.excludes.includes(purpose)),
    functions: example.functions.filter((name) => definition.functions.includes(name)),
    recipients: ['role:analyst'],
    notBefore: now - 60_000,
    notAfter: now + TEN_YEARS_MS,
    maxUses: 1000,
    minCohort: merchant.minCohort,
    release: merchant.exact ? 'exact' : 'noisy',
    epsilonPerEpochMicro: definition.epsilonPerEpochMicro,
    minimumPricePerUse: merchant.minimumPrice,
  };
  const { receiptHash } = consentReceipt(terms, merchant.id);
  await tellLedger(session.ledger, 'consent:grant', {
    format: 'veilsum-consent/1',
    ...terms,
    receiptHash,
  });
  return terms.consentId;
}

/** The merchant that the example names withdraws its consent to the noisy product, for good. */
export async function withdrawOneMerchant(stage: DemoStage, retail: RetailNetwork): Promise<void> {
  const { withdraws } = retail.example;
  const session = await retail.sessionOf(withdraws);
  const consents = await askLedger(
    session.ledger,
    'consent:list',
    { contributorId: withdraws, productId: 'weekly-baskets' },
    consentSchema.array(),
  );
  const active = consents.find(({ status }) => status === 'active');
  if (active === undefined) {
    stage.say(`${withdraws} has withdrawn already.`);
    return;
  }
  const { blockNumber, transactionId } = await tellLedger(session.ledger, 'consent:withdraw', {
    consentId: active.consentId,
  });
  stage.say(
    `${withdraws} withdraws its consent to weekly-baskets: block ${blockNumber}, receipt ${transactionId.slice(0, 12)}.`,
  );
}
