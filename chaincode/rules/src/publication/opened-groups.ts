import {
  decodeResultValues,
  EncodingError,
  hashCertificate,
  hashFinal,
  hexToBigint,
  ParameterError,
  requiredBlocks,
  verifyCertificate,
  type Layout,
  type PublicKey,
} from '@veilsum/crypto';
import {
  VeilsumError,
  type AttemptRecord,
  type Certificate,
  type Hash,
  type Plan,
  type PublishedGroup,
} from '@veilsum/protocol';

/** A certificate to be held against the ledger's record of a query. */
export interface CertifiedPlan {
  readonly key: PublicKey;
  readonly layout: Layout;
  readonly plan: Plan;
  readonly planHash: Hash;
  readonly certificate: Certificate;
  /** Ascending indices of the groups to open; undefined: all. */
  readonly groups: readonly number[] | undefined;
  /** What keyholders recorded in the certificate's attempt. */
  readonly shares: AttemptRecord['shares'];
}

/** What a certificate proves of some groups of a plan. */
export interface OpenedGroups {
  readonly finalHash: Hash;
  readonly certificateHash: string;
  readonly groups: readonly Pick<PublishedGroup, 'group' | 'key' | 'planes'>[];
}

/**
 * Verifies a certificate against the final block that t keyholders recorded, and decodes the groups that
 * it opens (docs/protocol.md §7). Pure: nobody's word is taken for anything.
 * @throws {@link VeilsumError} CERTIFICATE_INVALID; RESULT_UNDECODABLE; INVALID_ARGUMENT for groups that
 * the plan does not have
 */
export function openGroups(certified: CertifiedPlan): OpenedGroups {
  const { plan, certificate, layout } = certified;
  const groups = certified.groups ?? plan.groups.map((_group, index) => index);
  requireGroups(plan, groups);
  const planes = plan.planes.map(({ plane }) => plane);
  const positions = attempted(() => requiredBlocks(layout, planes, plan.groups.length));
  const finalHash = recordedFinalHash(certified);
  requireFinalBlocks(certified, positions.length, finalHash);
  const chosen = new Set(groups);
  const opened = openedPart(certificate, (block) => chosen.has(positions[block]?.group ?? -1));
  requireProof(certified, opened);
  const messages = opened.m.map(hexToBigint);
  const values = decode(() =>
    decodeResultValues({ key: certified.key, layout, planes, groups: groups.length, messages }),
  );
  return {
    finalHash,
    certificateHash: hashCertificate(certificate),
    groups: groups.map((group, position) => ({
      group,
      key: plan.groups[group]?.key ?? {},
      planes: planes.map((plane, index) => ({
        plane,
        values: (values[position]?.[index] ?? []).map(String),
      })),
    })),
  };
}

function requireGroups(plan: Plan, groups: readonly number[]): void {
  const wrong = groups.some(
    (group, position) =>
      group >= plan.groups.length || (position > 0 && group <= (groups[position - 1] ?? group)),
  );
  if (!wrong) return;
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    `The field groups must ascend, from 0 to ${plan.groups.length - 1}.`,
  );
}

/** The final block on which t keyholders agree; there is at most one while fewer than t are dishonest. */
function recordedFinalHash({ shares, key }: CertifiedPlan): Hash {
  const agreed = shares.find(
    ({ finalHash }) => shares.filter((share) => share.finalHash === finalHash).length >= key.t,
  );
  if (agreed !== undefined) return agreed.finalHash;
  throw invalid(`The ledger has no final block that ${key.t} keyholders recorded in this attempt.`);
}

/** All c of the attempt are needed for this, whatever is opened. */
function requireFinalBlocks(
  { key, planHash, certificate }: CertifiedPlan,
  blockCount: number,
  finalHash: Hash,
): void {
  const { attempt, c } = certificate;
  if (certificate.planHash !== planHash || certificate.keyId !== key.keyId) {
    throw invalid('It is a certificate of another plan or key.');
  }
  if (c.length !== blockCount) throw invalid(`The plan has ${blockCount} blocks.`);
  const blocks = c.map(hexToBigint);
  if (blocks.some((block) => block < 1n || block >= key.n2)) {
    throw invalid('One of its blocks is out of range.');
  }
  const hash = attempted(() => hashFinal({ key, planHash, attempt, blocks }));
  if (hash !== finalHash) throw invalid('Its blocks are not those that the keyholders recorded.');
}

/** The certificate of the chosen blocks alone; m and w name only these, unless they name all. */
function openedPart(certificate: Certificate, isChosen: (block: number) => boolean): Certificate {
  const { c, m, w } = certificate;
  const chosen = <Value>(list: readonly Value[]) => list.filter((_one, block) => isChosen(block));
  const part = chosen(c);
  const isWhole = m.length === c.length && w.length === c.length;
  const opened = isWhole ? { m: chosen(m), w: chosen(w) } : { m, w };
  if (opened.m.length !== part.length || opened.w.length !== part.length) {
    throw invalid('It does not open exactly the blocks of the groups.');
  }
  return { ...certificate, c: part, ...opened };
}

/** The chosen blocks are the recorded ones already, so their own final hash says no more about them. */
function requireProof({ key, planHash }: CertifiedPlan, opened: Certificate): void {
  const { attempt } = opened;
  const finalHash = hashFinal({ key, planHash, attempt, blocks: opened.c.map(hexToBigint) });
  if (!verifyCertificate({ key, certificate: opened, finalHash, planHash })) {
    throw invalid('It does not prove what it says.');
  }
}

function decode<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error;
    throw new VeilsumError(
      'RESULT_UNDECODABLE',
      'The opened blocks do not decode: some contribution is out of bounds.',
    );
  }
}

function attempted<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof EncodingError || error instanceof ParameterError) {
      throw invalid('It does not have the form of a certificate of this plan.');
    }
    throw error;
  }
}

const invalid = (sentence: string) =>
  new VeilsumError('CERTIFICATE_INVALID', `The certificate is refused: ${sentence}`);
