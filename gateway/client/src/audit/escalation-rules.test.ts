import type { AuditRule } from './audit-rule.js';
import { frozenMoney } from './frozen-money-rules.js';
import { citations, escalation } from './escalation-rules.js';
import type { ObjectChange } from './ledger-history.js';
import { LedgerState } from './ledger-state.js';
import { openingConclusions } from './opening-conclusion-rules.js';

const DAY_MS = 86_400_000;
const NOW = 1_000 * DAY_MS;

const change = (type: string, parts: string[], value: unknown): ObjectChange => ({
  type,
  parts,
  value,
});
const transaction = (changes: ObjectChange[], timestampMs = NOW) => ({
  transactionId: 't',
  blockNumber: 1,
  call: 'contract:transaction',
  mspId: 'MSP',
  argument: '{}',
  fingerprint: 'f'.repeat(64),
  timestampMs,
  changes,
});

/** What a rule says to a transaction on a state that earlier changes made. */
function findings(rule: AuditRule, before: ObjectChange[], now: ObjectChange[], at = NOW) {
  const state = new LedgerState();
  state.apply(transaction(before));
  return rule.observe?.(transaction(now, at), state) ?? [];
}

const incident = (value: object = {}, id = 'one') =>
  change('incident', ['shop', id], {
    incidentId: id,
    kind: 'stale-mapping',
    subject: { kind: 'stale-mapping' },
    memberId: 'shop',
    severity: 'minor',
    measures: ['freeze-rewards', 'freeze-contribution'],
    status: 'open',
    openedAt: NOW,
    rectifyUntil: NOW + 14 * DAY_MS,
    ...value,
  });
const escalatedNow = { status: 'escalated', rectifyUntil: 0 };
const member = (memberId: string, legalEntityId: string) =>
  change('member', [memberId], { memberId, legalEntityId });
const voters = [member('association', 'a'), member('office', 'b'), member('branch', 'a')];
const vote = (role: string, memberId: string, value: object = {}) =>
  change('incidentVote', ['one', role], {
    incidentId: 'one',
    role,
    memberId,
    action: 'close',
    amount: '0',
    ...value,
  });

describe('the audit of citations', () => {
  const consent = change('consent', ['sales', 'shop', 'c'], {
    consentId: 'c',
    status: 'active',
    questionIds: ['q'],
  });
  const answer = change('answer', ['q', '000001'], { questionId: 'q', revision: 1 });
  const query = change('query', ['x'], { queryId: 'x', plan: {}, request: { questionIds: ['q'] } });

  it('takes what was answered before, and nothing else', () => {
    expect(findings(citations, [answer], [consent, query])).toEqual([]);
    expect(findings(citations, [], [consent])).toHaveLength(1);
    expect(findings(citations, [], [query])).toHaveLength(1);
    expect(findings(citations, [], [answer, consent])).toHaveLength(1);
  });
});

describe('the audit of grace and escalation', () => {
  it('takes an incident that begins as the table says', () => {
    expect(findings(escalation, [], [incident()])).toEqual([]);
    const first = incident({ status: 'rectified' }, 'first');
    expect(findings(escalation, [first], [incident(escalatedNow)])).toEqual([]);
    const lifted = incident({ status: 'closed', outcome: 'lifted' }, 'first');
    expect(findings(escalation, [lifted], [incident()])).toEqual([]);
  });

  it('finds a beginning with no, a wrong or an undeserved time of grace', () => {
    const first = incident({ status: 'rectified' }, 'first');
    expect(findings(escalation, [], [incident(escalatedNow)])).toHaveLength(2);
    expect(findings(escalation, [], [incident({ rectifyUntil: NOW })])).toHaveLength(1);
    expect(findings(escalation, [first], [incident()])).toHaveLength(2);
    expect(findings(escalation, [], [incident({ severity: 'major' })])).toHaveLength(1);
    expect(findings(escalation, [], [incident({ measures: ['suspend-member'] })])).toHaveLength(1);
    expect(findings(escalation, [], [incident({ kind: 'unknown' })])).not.toEqual([]);
  });

  it('holds it against the rulebook that was in force then', () => {
    const rulebook = (version: number, graceMs: number, inForceFrom: number) =>
      change('rulebook', [String(version)], {
        rulebook: {
          version,
          escalation: [
            { kind: 'stale-mapping', severity: 'minor', graceMs, measures: ['freeze-rewards'] },
          ],
        },
        inForceFrom,
      });
    const books = [rulebook(1, DAY_MS, 5), rulebook(2, 2 * DAY_MS, NOW + 1)];
    const measures = ['freeze-rewards'];
    const fits = incident({ rectifyUntil: NOW + DAY_MS, measures });
    expect(findings(escalation, books, [fits])).toEqual([]);
    expect(findings(escalation, books, [incident()])).toHaveLength(2);
  });

  it('finds what was called late before it was due', () => {
    const commitment = (dueAt: number, status = 'open') =>
      change('commitment', ['s', 'e', 'shop'], { commitmentId: 'k', dueAt, status });
    const late = incident({
      kind: 'late-contribution',
      subject: { kind: 'late-contribution', commitmentId: 'k' },
      measures: ['freeze-rewards'],
      rectifyUntil: NOW + 7 * DAY_MS,
    });
    expect(findings(escalation, [commitment(NOW - 1)], [late])).toEqual([]);
    expect(findings(escalation, [commitment(NOW)], [late])).toHaveLength(1);
    expect(findings(escalation, [commitment(NOW - 1, 'met')], [late])).toHaveLength(1);
  });

  it('finds steps out of their time', () => {
    const until = NOW + 14 * DAY_MS;
    const rectified = incident({ status: 'rectified' });
    expect(findings(escalation, [incident()], [rectified], until)).toEqual([]);
    expect(findings(escalation, [incident()], [rectified], until + 1)).toHaveLength(1);
    const escalates = incident({ status: 'escalated' });
    expect(findings(escalation, [incident()], [escalates], until + 1)).toEqual([]);
    expect(findings(escalation, [incident()], [escalates], until)).toHaveLength(1);
    expect(findings(escalation, [rectified], [escalates], until + 1)).toHaveLength(1);
    expect(findings(escalation, [rectified], [incident()])).toHaveLength(1);
    expect(findings(escalation, [rectified], [change('incident', ['shop', 'one'], null)])).toEqual([
      'An incident was removed.',
    ]);
  });

  it('finds an end that an operator and a regulator of two entities did not decide', () => {
    const before = [...voters, incident(escalatedNow), vote('operator', 'association')];
    const closed = incident({ ...escalatedNow, status: 'closed', outcome: 'closed' });
    const end = (...votes: ObjectChange[]) => findings(escalation, before, [closed, ...votes]);
    expect(end(vote('regulator', 'office'))).toEqual([]);
    expect(end()).toHaveLength(1);
    expect(end(vote('operator', 'office'))).toHaveLength(1);
    expect(end(vote('regulator', 'branch'))).toHaveLength(1);
    expect(end(vote('regulator', 'office', { action: 'lift' }))).toHaveLength(1);
    expect(end(vote('regulator', 'office', { amount: '1' }))).toHaveLength(1);
  });
});

describe('the audit of frozen money', () => {
  const entry = (debit: string, credit: string, kind: string, amount = '5') =>
    change('journal', ['1'], { entryId: 'e', debit, credit, kind, amount });
  const frozen = incident(escalatedNow);
  const paid = (account: string, kind = 'contributor-coverage') => entry('escrow:x', account, kind);

  it('takes rewards that go where the freeze says', () => {
    expect(findings(frozenMoney, [frozen], [paid('frozen:shop')])).toEqual([]);
  });

  it('finds rewards that are held back without a freeze', () => {
    expect(findings(frozenMoney, [], [paid('frozen:shop')])).toHaveLength(1);
    expect(findings(frozenMoney, [incident()], [paid('frozen:shop')])).toHaveLength(1);
  });

  it('finds frozen money that leaves otherwise than released or as a decided penalty', () => {
    const release = entry('frozen:shop', 'member:shop', 'reward-release');
    expect(findings(frozenMoney, [], [release])).toEqual([]);
    expect(findings(frozenMoney, [frozen], [release])).toHaveLength(1);
    const elsewhere = entry('frozen:shop', 'member:other', 'reward-release');
    expect(findings(frozenMoney, [], [elsewhere])).toHaveLength(1);
    const forfeit = entry('frozen:shop', 'fund:subsidy', 'reward-forfeit');
    const penalised = incident({ ...escalatedNow, status: 'closed', outcome: 'penalised' });
    const decided = vote('regulator', 'office', { action: 'penalise', amount: '5' });
    expect(findings(frozenMoney, [frozen], [forfeit, penalised, decided])).toEqual([]);
    expect(findings(frozenMoney, [frozen], [forfeit, decided])).toHaveLength(1);
    expect(findings(frozenMoney, [frozen], [forfeit, penalised])).toHaveLength(1);
    const less = vote('regulator', 'office', { action: 'penalise', amount: '4' });
    expect(findings(frozenMoney, [frozen], [forfeit, penalised, less])).toHaveLength(1);
  });
});

describe('the audit of conclusions of openings', () => {
  const opening = (value: object) =>
    change('opening', ['o'], {
      openingId: 'o',
      productId: 's',
      epoch: 'e',
      cause: 'random',
      status: 'committed',
      ...value,
    });
  const contribution = (status: string, epoch = 'e') =>
    change('contribution', ['s', epoch, 'shop', 'c'], {
      contributionId: 'c',
      contributorId: 'shop',
      productId: 's',
      epoch,
      status,
    });
  const task = (value: object) =>
    change('openingTask', ['shop', 'o', 'c'], {
      openingId: 'o',
      contributionId: 'c',
      contributorId: 'shop',
      judgeId: 'auditor',
      status: 'answered',
      conclusions: [],
      ...value,
    });

  it('takes randomness that was fixed before anything was stored', () => {
    const fixed = (before: ObjectChange[]) => findings(openingConclusions, before, [opening({})]);
    expect(fixed([contribution('registered')])).toEqual([]);
    expect(fixed([contribution('stored', 'f')])).toEqual([]);
    expect(fixed([contribution('stored')])).toHaveLength(1);
    expect(fixed([contribution('frozen')])).toHaveLength(1);
  });

  it('finds conclusions of others, without an answer, and mismatches without an incident', () => {
    const before = [contribution('stored'), task({})];
    const by = (judgeId: string, outcome: string) =>
      task({ status: outcome, conclusions: [{ judgeId, outcome }] });
    const mismatch = incident({ subject: { kind: 'opening-mismatch', contributionId: 'c' } });
    expect(findings(openingConclusions, before, [by('auditor', 'agreed')])).toEqual([]);
    expect(findings(openingConclusions, before, [by('auditor', 'mismatch'), mismatch])).toEqual([]);
    expect(findings(openingConclusions, before, [by('auditor', 'mismatch')])).toHaveLength(1);
    expect(findings(openingConclusions, before, [by('other', 'agreed')])).toHaveLength(1);
    const unanswered = [contribution('stored'), task({ status: 'named' })];
    expect(findings(openingConclusions, unanswered, [by('auditor', 'agreed')])).toHaveLength(1);
    expect(findings(openingConclusions, [], [task({})])).toHaveLength(1);
  });
});
