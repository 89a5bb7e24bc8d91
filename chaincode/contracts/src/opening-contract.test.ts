import { bytesToHex, sha256Hex } from '@veilsum/crypto';
import {
  incidentSchema,
  openingRecordSchema,
  openingTaskSchema,
  type Incident,
  type OpeningTask,
  type Role,
} from '@veilsum/protocol';
import {
  ANSWER_MS,
  MemoryLedger,
  OPENED_EPOCH,
  addRegulator,
  adopt,
  ask,
  balanceOf,
  contributeOpenable,
  deposit,
  foundMarket,
  letIn,
  openableProduct,
  registerOpenable,
  releaseQuery,
  requireRefusal,
  sampleHash,
  sampleId,
  sampleProduct,
  sampleQuery,
} from './testing/index.js';

type Dealt = Awaited<ReturnType<typeof foundMarket>>;

const bytes = new Uint8Array(32).fill(7);
const randomness = bytesToHex(bytes);
const randomnessHash = sha256Hex(bytes);
const openingId = sampleId('opening');
const productId = 'weekly-sales';
const evidenceHash = sampleHash('check');

class Story {
  constructor(
    readonly ledger: MemoryLedger,
    readonly dealt: Dealt,
  ) {}

  commit(changes: object = {}, as = 'auditor') {
    const commitment = { openingId, productId, epoch: OPENED_EPOCH, randomnessHash, ...changes };
    return this.ledger.submit(as, 'opening', 'commit', commitment);
  }

  reveal(changes: object = {}, as = 'auditor') {
    return this.ledger.submit(as, 'opening', 'reveal', { openingId, randomness, ...changes });
  }

  contribute(merchant: string): Promise<string> {
    return contributeOpenable(this.ledger, this.dealt, merchant);
  }

  async tasks(): Promise<OpeningTask[]> {
    const read = await this.ledger.evaluate('merchant-1', 'opening', 'read', { openingId });
    return openingRecordSchema.parse(read).tasks;
  }

  async task(): Promise<OpeningTask> {
    const [task] = await this.tasks();
    if (task === undefined) throw new Error('Nothing is to be opened.');
    return task;
  }

  async call(as: string, transaction: string, extra: object = {}): Promise<OpeningTask> {
    const { openingId: id, contributionId } = await this.task();
    const argument = { openingId: id, contributionId, ...extra };
    return openingTaskSchema.parse(await this.ledger.submit(as, 'opening', transaction, argument));
  }

  async answer(word = 'answer'): Promise<OpeningTask> {
    const answerHash = sampleHash(word);
    await this.call('merchant-1', 'answer', { answerHash });
    return this.call('gateway', 'markDelivered', { answerHash });
  }

  conclude(outcome: string, as = 'auditor'): Promise<OpeningTask> {
    return this.call(as, 'conclude', { outcome, evidenceHash });
  }

  async incidents(): Promise<Incident[]> {
    return incidentSchema
      .array()
      .parse(await this.ledger.evaluate('auditor', 'incident', 'list', {}));
  }

  async missed(): Promise<Incident> {
    const { contributionId } = await this.task();
    const report = { kind: 'missed-opening', openingId, contributionId };
    return incidentSchema.parse(await this.ledger.submit('analyst', 'incident', 'open', report));
  }

  async contributionStatus(): Promise<string> {
    const { contributionId } = await this.task();
    const answer = await this.ledger.evaluate('auditor', 'contribution', 'read', {
      contributionId,
    });
    return (answer as { status: string }).status;
  }

  /** Lets in one more member. */
  async enrol(name: string, mspId: string, roles: readonly Role[]) {
    await letIn(this.ledger, { name, mspId, roles });
  }
}

async function foundStory(openings?: object): Promise<Story> {
  const ledger = new MemoryLedger();
  const dealt = await foundMarket(ledger);
  await addRegulator(ledger);
  await adopt(ledger, 'standard', openableProduct(openings));
  return new Story(ledger, dealt);
}

/** merchant-1 has to open its contribution. */
async function openedStory(): Promise<Story> {
  const story = await foundStory();
  await story.commit();
  await story.contribute('merchant-1');
  await story.reveal();
  return story;
}

describe('an opening', () => {
  it('is fixed before anything is stored, by an auditor, once, where the product says so', async () => {
    const ledger = new MemoryLedger();
    const closed = new Story(ledger, await foundMarket(ledger));
    await requireRefusal(closed.commit(), 'OPENINGS_NOT_AGREED');
    const story = await foundStory();
    await requireRefusal(story.commit({}, 'merchant-1'), 'FORBIDDEN');
    await requireRefusal(story.commit({ epoch: '2025-M09' }), 'INVALID_ARGUMENT');
    await requireRefusal(story.commit({ productId: 'other' }), 'OPENINGS_NOT_AGREED');
    await registerOpenable(story.ledger, story.dealt, 'merchant-2');
    const committed = await story.commit();
    expect(await story.commit()).toEqual(committed);
    await requireRefusal(
      story.commit({ randomnessHash: sampleHash('other') }),
      'ALREADY_EXISTS_WITH_DIFFERENT_CONTENT',
    );
    await requireRefusal(story.commit({ openingId: sampleId('second') }), 'OPENING_STANDS');
    await story.contribute('merchant-1');
    await story.enrol('auditor-2', 'AssociationMSP', ['auditor']);
    const late = { openingId: sampleId('late') };
    await requireRefusal(story.commit(late, 'auditor-2'), 'OPENING_TOO_LATE');
  });

  it('is revealed as it was fixed, by whom, after the epoch, and only once', async () => {
    const story = await foundStory();
    await story.commit();
    await requireRefusal(story.reveal(), 'INVALID_STATE', /no contribution/);
    await story.contribute('merchant-1');
    await story.enrol('auditor-2', 'AssociationMSP', ['auditor']);
    await requireRefusal(story.reveal({}, 'auditor-2'), 'FORBIDDEN');
    const wrong = { randomness: sampleHash('wrong') };
    await requireRefusal(story.reveal(wrong), 'OPENING_RANDOMNESS');
    const opening = await story.reveal();
    expect(await story.reveal()).toEqual(opening);
    await requireRefusal(story.reveal(wrong), 'INVALID_STATE');
    const future = { openingId: sampleId('future'), epoch: '2026-Q1' };
    await story.commit(future);
    await requireRefusal(story.reveal({ openingId: future.openingId }), 'DEADLINE_NOT_REACHED');
  });

  it('names so many contributions and whole cells of them as the product says', async () => {
    const story = await foundStory({ contributions: 2, cells: 1, answerMs: ANSWER_MS });
    await story.commit();
    for (const merchant of ['merchant-1', 'merchant-2', 'merchant-3']) {
      await story.contribute(merchant);
    }
    await story.reveal();
    const tasks = await story.tasks();
    expect(tasks).toHaveLength(2);
    for (const task of tasks) {
      expect(task).toMatchObject({
        status: 'due',
        judgeId: 'auditor',
        deadline: story.ledger.now() + ANSWER_MS,
      });
      expect(task.rows).toHaveLength(1);
    }
  });

  it('also opens what was used before it was withdrawn, and not what was only registered', async () => {
    const story = await foundStory({ contributions: 3, cells: 1, answerMs: ANSWER_MS });
    const { ledger } = story;
    await story.commit();
    const used = await story.contribute('merchant-1');
    await story.contribute('merchant-2');
    await registerOpenable(ledger, story.dealt, 'merchant-3');
    await deposit(ledger, 'analyst', '100000');
    const query = sampleQuery('use', { productVersion: 2, epoch: OPENED_EPOCH });
    expect((await ask(ledger, query)).status).toBe('authorised');
    await ledger.submit('merchant-1', 'contribution', 'withdraw', { contributionId: used });
    await story.reveal();
    const contributors = (await story.tasks()).map(({ contributorId }) => contributorId);
    expect(contributors).toEqual(['merchant-1', 'merchant-2']);
  });
});

describe('an answer', () => {
  it('is named by the contributor, delivered through the gateway, and then stands', async () => {
    const story = await openedStory();
    const answerHash = sampleHash('first');
    await requireRefusal(story.call('merchant-2', 'answer', { answerHash }), 'FORBIDDEN');
    await requireRefusal(story.call('gateway', 'markDelivered', { answerHash }), 'INVALID_STATE');
    await story.call('merchant-1', 'answer', { answerHash });
    const second = { answerHash: sampleHash('second') };
    expect(await story.call('merchant-1', 'answer', second)).toMatchObject({ status: 'named' });
    await requireRefusal(
      story.call('gateway', 'markDelivered', { answerHash }),
      'OPENING_ANSWER_HASH',
    );
    await requireRefusal(story.call('merchant-1', 'markDelivered', second), 'FORBIDDEN');
    await requireRefusal(story.conclude('agreed'), 'INVALID_STATE');
    const answered = await story.call('gateway', 'markDelivered', second);
    expect(answered.status).toBe('answered');
    expect(await story.call('gateway', 'markDelivered', second)).toEqual(answered);
    await requireRefusal(story.call('merchant-1', 'answer', { answerHash }), 'INVALID_STATE');
  });

  it('that agrees ends the opening without an incident', async () => {
    const story = await openedStory();
    await story.answer();
    await story.enrol('auditor-2', 'AssociationMSP', ['auditor']);
    await requireRefusal(story.conclude('agreed', 'auditor-2'), 'FORBIDDEN');
    const agreed = await story.conclude('agreed');
    expect(agreed).toMatchObject({ status: 'agreed', conclusions: [{ outcome: 'agreed' }] });
    expect(await story.conclude('agreed')).toEqual(agreed);
    await requireRefusal(story.conclude('mismatch'), 'INVALID_STATE');
    expect(await story.incidents()).toEqual([]);
  });

  it('that is late is an incident with a time of grace, which delivering it ends', async () => {
    const story = await openedStory();
    await story.call('merchant-1', 'answer', { answerHash: sampleHash('answer') });
    story.ledger.advance(ANSWER_MS);
    await requireRefusal(story.missed(), 'DEADLINE_NOT_REACHED');
    story.ledger.advance(1);
    expect(await story.missed()).toMatchObject({ status: 'open', memberId: 'merchant-1' });
    const leave = { memberId: 'merchant-1', status: 'left' };
    await requireRefusal(
      story.ledger.submit('merchant-1', 'member', 'setStatus', leave),
      'OVERSIGHT_PENDING',
      /1 openings/,
    );
    await story.call('gateway', 'markDelivered', { answerHash: sampleHash('answer') });
    expect((await story.incidents()).map(({ status }) => status)).toEqual(['rectified']);
    await story.ledger.submit('merchant-1', 'member', 'setStatus', leave);
  });

  it('that never comes freezes rewards and contribution', async () => {
    const story = await openedStory();
    story.ledger.advance(ANSWER_MS + 1);
    const { incidentId, rectifyUntil } = await story.missed();
    story.ledger.advance(rectifyUntil - story.ledger.now() + 1);
    await story.ledger.submit('analyst', 'incident', 'escalate', { incidentId });
    expect(await story.contributionStatus()).toBe('frozen');
  });
});

describe('a mismatch', () => {
  async function mismatched(): Promise<Story> {
    const story = await openedStory();
    await story.contribute('merchant-2');
    await story.answer();
    await story.conclude('mismatch');
    return story;
  }

  it('is a major incident at once: rewards and contribution are frozen', async () => {
    const story = await mismatched();
    expect(await story.incidents()).toMatchObject([
      { kind: 'opening-mismatch', severity: 'major', status: 'escalated', evidenceHash },
    ]);
    expect(await story.contributionStatus()).toBe('frozen');
    const { contributionId } = await story.task();
    const report = { kind: 'opening-mismatch', openingId, contributionId };
    expect(await story.ledger.submit('analyst', 'incident', 'open', report)).toMatchObject({
      status: 'escalated',
    });
    expect(await balanceOf(story.ledger, 'frozen:merchant-1')).toBe('0');
  });

  it('is no incident that anyone may claim without an auditor’s conclusion', async () => {
    const story = await openedStory();
    const { contributionId } = await story.task();
    const report = { kind: 'opening-mismatch', openingId, contributionId };
    await requireRefusal(
      story.ledger.submit('auditor', 'incident', 'open', report),
      'INVALID_STATE',
    );
  });

  it('can be contested before a third party, whose agreement lifts everything', async () => {
    const story = await mismatched();
    const contest = (as: string, judgeId: string) => story.call(as, 'contest', { judgeId });
    await requireRefusal(contest('merchant-2', 'regulator'), 'FORBIDDEN');
    await requireRefusal(contest('merchant-1', 'auditor'), 'FORBIDDEN');
    await requireRefusal(contest('merchant-1', 'merchant-2'), 'FORBIDDEN');
    story.ledger.advance(ANSWER_MS);
    const contested = await contest('merchant-1', 'regulator');
    expect(contested).toMatchObject({ status: 'due', judgeId: 'regulator' });
    expect(contested.answerHash).toBeUndefined();
    expect(await contest('merchant-1', 'regulator')).toEqual(contested);
    await requireRefusal(story.missed(), 'INVALID_STATE');
    await story.answer('sealed to the regulator');
    await requireRefusal(story.conclude('agreed', 'auditor'), 'FORBIDDEN');
    await story.conclude('agreed', 'regulator');
    expect(await story.incidents()).toMatchObject([{ status: 'closed', outcome: 'lifted' }]);
    expect(await story.contributionStatus()).toBe('stored');
    await requireRefusal(contest('merchant-1', 'regulator'), 'INVALID_STATE');
  });

  it('stands when the third party confirms it, or nobody contests in time', async () => {
    const story = await mismatched();
    await story.call('merchant-1', 'contest', { judgeId: 'regulator' });
    await story.answer('sealed to the regulator');
    await story.conclude('mismatch', 'regulator');
    expect(await story.incidents()).toMatchObject([{ status: 'escalated' }]);
    await requireRefusal(
      story.call('merchant-1', 'contest', { judgeId: 'regulator' }),
      'INVALID_STATE',
    );
    const silent = await mismatched();
    silent.ledger.advance(ANSWER_MS + 1);
    await requireRefusal(
      silent.call('merchant-1', 'contest', { judgeId: 'regulator' }),
      'INVALID_STATE',
      /over/,
    );
  });
});

describe('a result that does not decode', () => {
  async function releasedStory(openings?: object) {
    const story = await foundStory(openings);
    for (const merchant of ['merchant-1', 'merchant-2']) await story.contribute(merchant);
    await deposit(story.ledger, 'analyst', '100000');
    const change = { productVersion: 2, epoch: OPENED_EPOCH };
    const query = await ask(story.ledger, sampleQuery('one', change));
    const report = {
      kind: 'undecodable-result',
      queryId: query.queryId,
      group: 1,
      auditorId: 'auditor',
      evidenceHash,
    };
    const open = (changes: object = {}, as = 'operator') =>
      story.ledger.submit(as, 'incident', 'open', { ...report, ...changes });
    return { story, query, open };
  }

  it('names every block of its group to an auditor who is not whoever reports it', async () => {
    const { story, query, open } = await releasedStory();
    await requireRefusal(open(), 'INVALID_STATE');
    await releaseQuery(story.ledger, query);
    await requireRefusal(open({}, 'analyst'), 'FORBIDDEN');
    await requireRefusal(open({}, 'auditor'), 'FORBIDDEN', /another legal entity/);
    await requireRefusal(open({ auditorId: 'treasurer' }), 'FORBIDDEN');
    await requireRefusal(open({ group: 2 }), 'NOT_FOUND');
    const incident = incidentSchema.parse(await open());
    expect(incident).toMatchObject({ status: 'open', measures: [], rectifyUntil: 0 });
    expect(incident.memberId).toBeUndefined();
    expect(await open()).toEqual(incident);
    const read = await story.ledger.evaluate('auditor', 'opening', 'read', {
      openingId: incident.incidentId,
    });
    const { opening, tasks } = openingRecordSchema.parse(read);
    expect(opening).toMatchObject({ cause: 'undecodable', group: 1, auditorId: 'auditor' });
    expect(tasks.map(({ contributorId }) => contributorId)).toEqual(['merchant-1', 'merchant-2']);
    expect(tasks.map(({ rows }) => rows)).toEqual([[1], [1]]);
    const { incidentId } = incident;
    await requireRefusal(
      story.ledger.submit('merchant-1', 'incident', 'escalate', { incidentId }),
      'INVALID_STATE',
    );
    await requireRefusal(
      story.ledger.submit('merchant-1', 'incident', 'rectify', { incidentId }),
      'INVALID_STATE',
    );
  });

  it('opens nothing of a product that does not say so', async () => {
    const ledger = new MemoryLedger();
    const dealt = await foundMarket(ledger);
    await adopt(ledger, 'standard', { ...sampleProduct(), version: 2 });
    for (const merchant of ['merchant-1', 'merchant-2']) {
      await contributeOpenable(ledger, dealt, merchant);
    }
    await deposit(ledger, 'analyst', '100000');
    const change = { productVersion: 2, epoch: OPENED_EPOCH };
    const query = await releaseQuery(ledger, await ask(ledger, sampleQuery('one', change)));
    const { queryId } = query;
    const report = { kind: 'undecodable-result', queryId, group: 0, auditorId: 'auditor' };
    await requireRefusal(
      ledger.submit('operator', 'incident', 'open', { ...report, evidenceHash }),
      'OPENINGS_NOT_AGREED',
    );
  });
});
