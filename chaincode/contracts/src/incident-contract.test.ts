import {
  commitmentSchema,
  contributionSchema,
  incidentRecordSchema,
  incidentSchema,
  type Incident,
} from '@veilsum/protocol';
import {
  MemoryLedger,
  addRegulator,
  ask,
  balanceOf,
  contributionOf,
  dealSampleKey,
  foundMarket,
  grantConsent,
  letIn,
  openMarket,
  readQuery,
  releaseQuery,
  requireRefusal,
  sampleCommitment,
  sampleHash,
  sampleId,
  sampleQuery,
} from './testing/index.js';

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const evidenceHash = sampleHash('evidence');

class Story {
  readonly ledger = new MemoryLedger();

  async open(report: object, as = 'merchant-2'): Promise<Incident> {
    return incidentSchema.parse(await this.ledger.submit(as, 'incident', 'open', report));
  }

  async call(as: string, transaction: string, argument: object): Promise<Incident> {
    return incidentSchema.parse(await this.ledger.submit(as, 'incident', transaction, argument));
  }

  async read({ incidentId }: Incident): Promise<Incident> {
    const answer = await this.ledger.evaluate('auditor', 'incident', 'read', { incidentId });
    return incidentRecordSchema.parse(answer).incident;
  }

  /** Operator and regulator decide alike. */
  async decide({ incidentId }: Incident, action: string, extra: object = {}): Promise<Incident> {
    const argument = { incidentId, reason: 'As both agree.', ...extra };
    await this.call('operator', action, argument);
    return this.call('regulator', action, argument);
  }

  /** A merchant that has said it would contribute in an hour, and does not. */
  async late(epoch = '2026-Q1'): Promise<{ kind: string; commitmentId: string }> {
    const commitmentId = sampleId(`commitment ${epoch}`);
    const changes = { commitmentId, epoch };
    const making = sampleCommitment('merchant-1', this.ledger.now() + HOUR_MS, changes);
    await this.ledger.submit('merchant-1', 'commitment', 'make', making);
    this.ledger.advance(HOUR_MS + 1);
    return { kind: 'late-contribution', commitmentId };
  }

  async contribute(epoch = '2026-Q1') {
    const changes = { epoch, contributionId: sampleId(`late ${epoch}`) };
    const registration = contributionOf('merchant-1', await dealSampleKey(), changes);
    const { contributionId, contentHash } = registration;
    await this.ledger.submit('merchant-1', 'contribution', 'register', registration);
    const stored = { contributionId, contentHash };
    await this.ledger.submit('gateway', 'contribution', 'markStored', stored);
    return contributionId;
  }

  async contribution(contributionId: string) {
    const answer = await this.ledger.evaluate('auditor', 'contribution', 'read', {
      contributionId,
    });
    return contributionSchema.parse(answer);
  }

  async member(memberId: string): Promise<string> {
    const answer = await this.ledger.evaluate('auditor', 'member', 'read', { memberId });
    return (answer as { status: string }).status;
  }
}

async function foundStory(): Promise<Story> {
  const story = new Story();
  await foundMarket(story.ledger);
  await addRegulator(story.ledger);
  await grantConsent(story.ledger, 'merchant-1');
  return story;
}

/** The market after a release, with three stored contributions. */
async function openStory(): Promise<Story> {
  const story = new Story();
  await openMarket(story.ledger);
  await addRegulator(story.ledger);
  return story;
}

const stale = (memberId = 'merchant-1') => ({
  kind: 'stale-mapping',
  memberId,
  productId: 'weekly-sales',
  epoch: '2026-Q1',
  evidenceHash,
});

describe('a late contribution', () => {
  it('is no incident before it is due, and one, whoever points it out, after', async () => {
    const story = await foundStory();
    const { ledger } = story;
    const making = sampleCommitment('merchant-1', ledger.now() + HOUR_MS);
    await ledger.submit('merchant-1', 'commitment', 'make', making);
    const report = { kind: 'late-contribution', commitmentId: making.commitmentId };
    await requireRefusal(story.open(report), 'DEADLINE_NOT_REACHED');
    ledger.advance(HOUR_MS);
    await requireRefusal(story.open(report), 'DEADLINE_NOT_REACHED');
    ledger.advance(1);
    const incident = await story.open(report);
    expect(incident).toMatchObject({
      kind: 'late-contribution',
      status: 'open',
      severity: 'minor',
      memberId: 'merchant-1',
      rulebookVersion: 0,
      rectifyUntil: ledger.now() + WEEK_MS,
    });
    ledger.advance(5);
    expect(await story.open(report, 'merchant-1')).toEqual(incident);
  });

  it('has no penalty when it comes in the time of grace, and closes with what mends it', async () => {
    const story = await foundStory();
    const incident = await story.open(await story.late());
    await requireRefusal(
      story.call('merchant-1', 'rectify', { incidentId: incident.incidentId }),
      'INCIDENT_NOT_MENDED',
    );
    story.ledger.advance(WEEK_MS);
    await story.contribute();
    expect(await story.read(incident)).toMatchObject({
      status: 'rectified',
      rectifiedAt: story.ledger.now(),
    });
    expect(story.ledger.events.at(-1)).toEqual({
      name: 'contributionChanged',
      payload: expect.objectContaining({ rectified: [incident.incidentId] }) as unknown,
    });
    const { incidentId } = incident;
    expect((await story.call('merchant-2', 'rectify', { incidentId })).status).toBe('rectified');
    await requireRefusal(story.call('merchant-2', 'escalate', { incidentId }), 'INVALID_STATE');
  });

  it('escalates for anyone when the time of grace is over, not before', async () => {
    const story = await foundStory();
    const { incidentId } = await story.open(await story.late());
    story.ledger.advance(WEEK_MS);
    await requireRefusal(
      story.call('merchant-2', 'escalate', { incidentId }),
      'DEADLINE_NOT_REACHED',
    );
    story.ledger.advance(1);
    const escalated = await story.call('merchant-2', 'escalate', { incidentId });
    expect(escalated).toMatchObject({ status: 'escalated', measures: ['freeze-rewards'] });
    await story.contribute();
    expect((await story.read(escalated)).status).toBe('escalated');
    await requireRefusal(story.call('merchant-1', 'rectify', { incidentId }), 'INVALID_STATE');
  });

  it('does not rectify what comes too late, even before anybody escalates it', async () => {
    const story = await foundStory();
    const incident = await story.open(await story.late());
    story.ledger.advance(WEEK_MS + 1);
    await story.contribute();
    const { incidentId } = incident;
    expect((await story.read(incident)).status).toBe('open');
    await requireRefusal(story.call('merchant-1', 'rectify', { incidentId }), 'INVALID_STATE');
    expect((await story.call('merchant-2', 'escalate', { incidentId })).status).toBe('escalated');
  });

  it('escalates at once the second time, unless the first was lifted', async () => {
    const story = await foundStory();
    const first = await story.open(await story.late());
    await story.contribute();
    expect((await story.read(first)).status).toBe('rectified');
    const second = await story.open(await story.late('2026-Q2'));
    expect(second).toMatchObject({ status: 'escalated', rectifyUntil: 0 });
    await story.decide(second, 'lift');
    const third = await story.open(await story.late('2026-Q3'));
    expect(third.status).toBe('escalated');

    const other = await foundStory();
    const lifted = await other.open(await other.late());
    other.ledger.advance(WEEK_MS + 1);
    await other.call('merchant-2', 'escalate', { incidentId: lifted.incidentId });
    await other.decide(lifted, 'lift');
    expect((await other.open(await other.late('2026-Q2'))).status).toBe('open');
  });

  it('cannot be held against who is suspended, or took the commitment back in time', async () => {
    const story = await foundStory();
    const report = await story.late();
    const set = (status: string) =>
      story.ledger.submit('operator', 'member', 'setStatus', { memberId: 'merchant-1', status });
    await set('suspended');
    await requireRefusal(story.open(report), 'INVALID_STATE', /suspended/);
    await set('active');
    expect((await story.open(report)).status).toBe('open');
    const making = sampleCommitment('merchant-2', story.ledger.now() + HOUR_MS);
    await story.ledger.submit('merchant-2', 'commitment', 'make', making);
    const { commitmentId } = commitmentSchema.parse(
      await story.ledger.submit('merchant-2', 'commitment', 'withdraw', {
        commitmentId: making.commitmentId,
      }),
    );
    story.ledger.advance(2 * HOUR_MS);
    const kind = 'late-contribution';
    await requireRefusal(story.open({ kind, commitmentId }), 'INVALID_STATE');
  });
});

describe('what an overseer reports', () => {
  it('is said by named roles, never about the own legal entity, and of what there is', async () => {
    const story = await openStory();
    await requireRefusal(story.open(stale(), 'merchant-2'), 'FORBIDDEN');
    await requireRefusal(story.open({ ...stale(), epoch: '2026-Q2' }, 'auditor'), 'NOT_FOUND');
    const sister = { name: 'sister', mspId: 'AssociationMSP', roles: ['auditor'] } as const;
    await letIn(story.ledger, sister, { legalEntityId: 'entity-merchant-1' });
    await requireRefusal(story.open(stale(), 'sister'), 'FORBIDDEN', /own legal entity/);
    for (const as of ['auditor', 'regulator', 'operator']) {
      expect(await story.open(stale(), as)).toMatchObject({ status: 'open', openedBy: 'auditor' });
    }
  });

  it('closes a stale mapping with the next contribution, of this or a later epoch', async () => {
    const story = await openStory();
    const incident = await story.open(stale(), 'auditor');
    const { incidentId } = incident;
    await requireRefusal(
      story.call('merchant-1', 'rectify', { incidentId }),
      'INCIDENT_NOT_MENDED',
    );
    story.ledger.advance(10);
    await story.contribute('2025-Q4');
    expect((await story.read(incident)).status).toBe('open');
    await story.contribute('2026-Q2');
    expect((await story.read(incident)).status).toBe('rectified');
  });

  it('suspends for a use outside its purpose, until operator and regulator end it', async () => {
    const story = await openStory();
    const { ledger } = story;
    const query = await releaseQuery(ledger, await ask(ledger, sampleQuery('one')));
    const { queryId } = await readQuery(ledger, query);
    const report = { kind: 'use-outside-purpose', queryId, evidenceHash };
    const incident = await story.open(report, 'auditor');
    expect(incident).toMatchObject({
      memberId: 'analyst',
      status: 'escalated',
      suspended: true,
    });
    expect(await story.member('analyst')).toBe('suspended');
    const readmit = { memberId: 'analyst', status: 'active' };
    await requireRefusal(
      ledger.submit('operator', 'member', 'setStatus', readmit),
      'OVERSIGHT_PENDING',
    );
    await story.decide(incident, 'close');
    expect(await story.member('analyst')).toBe('active');
  });

  it('takes a recorded share for a bad decryption share, and what was opened for a use', async () => {
    const story = await openStory();
    const { ledger } = story;
    const waiting = await ask(ledger, sampleQuery('one'));
    const used = { kind: 'use-outside-purpose', queryId: waiting.queryId, evidenceHash };
    await requireRefusal(story.open(used, 'auditor'), 'INVALID_STATE');
    const { queryId } = await releaseQuery(ledger, waiting);
    const bad = (index: number) =>
      story.open(
        { kind: 'bad-decryption-share', queryId, attempt: 1, index, evidenceHash },
        'auditor',
      );
    await requireRefusal(bad(3), 'NOT_FOUND');
    expect(await bad(2)).toMatchObject({ memberId: 'keyholder-2', suspended: true });
    expect(await story.member('keyholder-2')).toBe('suspended');
  });
});

describe('a frozen contribution', () => {
  it('enters no cohort, cannot be withdrawn or replaced, and is what it was in the end', async () => {
    const story = await openStory();
    const { ledger } = story;
    const contributionId = sampleId('contribution of merchant-1');
    const incident = await story.open(stale(), 'auditor');
    expect((await story.contribution(contributionId)).status).toBe('stored');
    ledger.advance(2 * WEEK_MS + 1);
    const { incidentId } = incident;
    await story.call('merchant-2', 'escalate', { incidentId });
    expect((await story.contribution(contributionId)).status).toBe('frozen');
    await requireRefusal(
      ledger.submit('merchant-1', 'contribution', 'withdraw', { contributionId }),
      'INVALID_STATE',
    );
    const other = { contributionId: sampleId('another'), supersedes: contributionId };
    const registration = contributionOf('merchant-1', await dealSampleKey(), other);
    await requireRefusal(
      ledger.submit('merchant-1', 'contribution', 'register', registration),
      'CONTRIBUTION_DUPLICATE',
    );
    const query = await ask(ledger, sampleQuery('without'));
    expect(query.plan?.cohort).toHaveLength(2);
    expect(query.plan?.cohort).not.toContain(contributionId);
    const leave = { memberId: 'merchant-1', status: 'left' };
    await requireRefusal(
      ledger.submit('merchant-1', 'member', 'setStatus', leave),
      'OVERSIGHT_PENDING',
      /1 incidents/,
    );
    await story.decide(incident, 'close');
    expect((await story.contribution(contributionId)).status).toBe('stored');
    await ledger.submit('merchant-1', 'member', 'setStatus', leave);
  });
});

describe('frozen rewards', () => {
  async function settled(story: Story, name: string): Promise<void> {
    const { ledger } = story;
    const query = await releaseQuery(ledger, await ask(ledger, sampleQuery(name)));
    await ledger.submit('analyst', 'query', 'accept', { queryId: query.queryId });
  }

  async function frozenStory() {
    const story = await openStory();
    await settled(story, 'before');
    const incident = await story.open(await story.late('2026-Q2'));
    story.ledger.advance(WEEK_MS + 1);
    const { incidentId } = incident;
    await settled(story, 'in grace');
    expect(await balanceOf(story.ledger, 'frozen:merchant-1')).toBe('0');
    await story.call('merchant-2', 'escalate', { incidentId });
    const before = await balanceOf(story.ledger, 'member:merchant-1');
    await settled(story, 'frozen');
    expect(await balanceOf(story.ledger, 'member:merchant-1')).toBe(before);
    return { story, incident, before };
  }

  it('lie apart and are paid out by anyone once the incident is lifted', async () => {
    const { story, incident, before } = await frozenStory();
    const { ledger } = story;
    const frozen = await balanceOf(ledger, 'frozen:merchant-1');
    expect(BigInt(frozen)).toBeGreaterThan(0n);
    const release = () =>
      ledger.submit('merchant-2', 'incident', 'releaseRewards', { memberId: 'merchant-1' });
    await requireRefusal(release(), 'REWARDS_FROZEN');
    await story.decide(incident, 'lift');
    expect(await release()).toEqual({ memberId: 'merchant-1', amount: frozen });
    expect(await release()).toEqual({ memberId: 'merchant-1', amount: '0' });
    const after = await balanceOf(ledger, 'member:merchant-1');
    expect(BigInt(after)).toBe(BigInt(before) + BigInt(frozen));
  });

  it('are forfeited to the subsidy fund by a penalty, no more than there is', async () => {
    const { story, incident } = await frozenStory();
    const { ledger } = story;
    const frozen = BigInt(await balanceOf(ledger, 'frozen:merchant-1'));
    const fund = BigInt(await balanceOf(ledger, 'fund:subsidy'));
    const { incidentId } = incident;
    const penalise = (as: string, amount: bigint) =>
      story.call(as, 'penalise', { incidentId, amount: String(amount), reason: 'Late twice.' });
    await requireRefusal(penalise('operator', frozen + 1n), 'INSUFFICIENT_FUNDS');
    await penalise('operator', frozen - 1n);
    await penalise('regulator', 1n);
    expect((await story.read(incident)).status).toBe('escalated');
    await penalise('regulator', frozen - 1n);
    expect(await story.read(incident)).toMatchObject({ status: 'closed', outcome: 'penalised' });
    expect(await balanceOf(ledger, 'frozen:merchant-1')).toBe('1');
    expect(await balanceOf(ledger, 'fund:subsidy')).toBe(String(fund + frozen - 1n));
  });
});

describe('a decision', () => {
  it('takes an operator and a regulator of two other legal entities than the accused', async () => {
    const story = await foundStory();
    const { ledger } = story;
    const incident = await story.open(await story.late());
    const { incidentId } = incident;
    const close = (as: string) =>
      story.call(as, 'close', { incidentId, reason: 'The gateway was down.' });
    await requireRefusal(close('auditor'), 'FORBIDDEN');
    await close('operator');
    await close('operator');
    await close('treasurer');
    expect((await story.read(incident)).status).toBe('open');
    const sister = { name: 'sister', mspId: 'RegulatorMSP', roles: ['regulator'] } as const;
    await letIn(ledger, sister, { legalEntityId: 'entity-treasurer' });
    await close('sister');
    expect((await story.read(incident)).status).toBe('open');
    await close('regulator');
    expect(await story.read(incident)).toMatchObject({ status: 'closed', outcome: 'closed' });
    await close('regulator');
    await requireRefusal(
      story.call('operator', 'lift', { incidentId, reason: 'Too late.' }),
      'INVALID_STATE',
    );
  });

  it('does not count for an incident that has changed since', async () => {
    const story = await foundStory();
    const incident = await story.open(await story.late());
    const { incidentId } = incident;
    const close = (as: string) => story.call(as, 'close', { incidentId, reason: 'Enough.' });
    await close('operator');
    story.ledger.advance(WEEK_MS + 1);
    await story.call('merchant-2', 'escalate', { incidentId });
    await close('regulator');
    expect((await story.read(incident)).status).toBe('escalated');
    await close('operator');
    expect((await story.read(incident)).status).toBe('closed');
  });

  it('is not for the legal entity that is accused', async () => {
    const story = await foundStory();
    const sister = { name: 'sister', mspId: 'RegulatorMSP', roles: ['regulator'] } as const;
    await letIn(story.ledger, sister, { legalEntityId: 'entity-merchant-1' });
    const { incidentId } = await story.open(await story.late());
    await requireRefusal(
      story.call('sister', 'close', { incidentId, reason: 'We are innocent.' }),
      'FORBIDDEN',
      /own legal entity/,
    );
  });
});
