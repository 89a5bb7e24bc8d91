import { createHash } from 'node:crypto';
import { encodeCanonicalJson } from '@veilsum/crypto';
import {
  hashSchema,
  incidentReportSchema,
  incidentSchema,
  legalEntityIdSchema,
  memberIdSchema,
  productIdSchema,
  type Incident,
  type IncidentVote,
  type Member,
  type Verdict,
} from '@veilsum/protocol';
import { DEFAULT_ESCALATION, escalationFor } from './escalation-table.js';
import {
  checkDecision,
  checkEscalation,
  checkRectification,
  closedBy,
  isSameDecision,
  rectified,
  type DecisionFacts,
} from './incident-course.js';
import { latenessFault, mendsStaleMapping, staleMappingFault } from './incident-facts.js';
import { checkIncident, newIncident, type IncidentFacts } from './incident-opening.js';
import {
  incidentIdOf,
  lateContribution,
  openedContribution,
  subjectOf,
} from './incident-subject.js';
import { checkDuties } from './member-duties.js';

const NOW = 1_000_000;
const id = 'a'.repeat(32);
const hash = hashSchema.parse('b'.repeat(64));

const incident = (change: object = {}): Incident =>
  incidentSchema.parse({
    incidentId: id,
    kind: 'late-contribution',
    subject: { kind: 'late-contribution', commitmentId: id },
    severity: 'minor',
    memberId: 'shop',
    rulebookVersion: 0,
    measures: ['freeze-rewards'],
    openedBy: 'other',
    openedAt: 1,
    rectifyUntil: NOW,
    status: 'open',
    ...change,
  });
const person = (memberId: string, entity = memberId, roles: Member['roles'] = ['merchant']) => ({
  memberId: memberIdSchema.parse(memberId),
  legalEntityId: legalEntityIdSchema.parse(entity),
  roles,
  status: 'active' as Member['status'],
});

/** Code and rule of the first refusal. */
function refusal({ trace }: Verdict): [string | undefined, string] | undefined {
  const failed = trace.find(({ passed }) => !passed);
  return failed && [failed.code, failed.rule];
}

describe('the id of an incident', () => {
  const reports = [
    { kind: 'late-contribution', commitmentId: id },
    { kind: 'missed-opening', openingId: id, contributionId: id },
    { kind: 'opening-mismatch', openingId: id, contributionId: id },
    {
      kind: 'stale-mapping',
      memberId: 'shop',
      productId: 'sales',
      epoch: '2026',
      evidenceHash: hash,
    },
    { kind: 'bad-decryption-share', queryId: id, attempt: 2, index: 3, evidenceHash: hash },
    { kind: 'use-outside-purpose', queryId: id, evidenceHash: hash },
    { kind: 'undecodable-result', queryId: id, group: 4, auditorId: 'auditor', evidenceHash: hash },
  ].map((report) => incidentReportSchema.parse(report));

  it('follows from what it is about alone, and tells everything apart', () => {
    expect(reports.map(subjectOf)).toEqual([
      { kind: 'late-contribution', commitmentId: id },
      { kind: 'missed-opening', openingId: id, contributionId: id },
      { kind: 'opening-mismatch', openingId: id, contributionId: id },
      { kind: 'stale-mapping', memberId: 'shop', productId: 'sales', epoch: '2026' },
      { kind: 'bad-decryption-share', queryId: id, attempt: '2', index: '3' },
      { kind: 'use-outside-purpose', queryId: id },
      { kind: 'undecodable-result', queryId: id, group: '4' },
    ]);
    const ids = reports.map((report) => incidentIdOf(subjectOf(report)));
    expect(new Set(ids).size).toBe(reports.length);
    expect(lateContribution(id)).toEqual({ kind: 'late-contribution', commitmentId: id });
    const opened = { openingId: id, contributionId: id };
    expect(openedContribution('missed-opening', opened)).toEqual({
      kind: 'missed-opening',
      ...opened,
    });
  });

  it('is a hash as docs/ledger.md says', () => {
    const subject = lateContribution(id);
    const text = `veilsum/v1/incident${encodeCanonicalJson(subject)}`;
    const digest = createHash('sha256').update(text).digest('hex');
    expect(incidentIdOf(subject)).toBe(digest.slice(0, 32));
  });
});

describe('the escalation table', () => {
  it('is that of docs/ledger.md while there is no rulebook', () => {
    const days = (row: (typeof DEFAULT_ESCALATION)[number]) => row.graceMs / 86_400_000;
    expect(
      DEFAULT_ESCALATION.map((row) => [row.kind, row.severity, days(row), row.measures.join()]),
    ).toEqual([
      ['late-contribution', 'minor', 7, 'freeze-rewards'],
      ['stale-mapping', 'minor', 14, 'freeze-rewards,freeze-contribution'],
      ['missed-opening', 'minor', 3, 'freeze-rewards,freeze-contribution'],
      ['opening-mismatch', 'major', 0, 'freeze-rewards,freeze-contribution'],
      ['bad-decryption-share', 'major', 0, 'freeze-rewards,suspend-member'],
      ['use-outside-purpose', 'major', 0, 'suspend-member'],
    ]);
    expect(escalationFor('stale-mapping', undefined)).toEqual({
      rulebookVersion: 0,
      rule: DEFAULT_ESCALATION[1],
    });
    expect(escalationFor('undecodable-result', undefined)).toBeUndefined();
  });

  it('is the rulebook’s where there is one, and that alone', () => {
    const rule = {
      kind: 'stale-mapping' as const,
      severity: 'minor' as const,
      graceMs: 5,
      measures: ['freeze-rewards' as const],
    };
    const rulebook = { version: 3, escalation: [rule] };
    expect(escalationFor('stale-mapping', rulebook)).toEqual({ rulebookVersion: 3, rule });
    expect(escalationFor('late-contribution', rulebook)).toBeUndefined();
  });
});

describe('who may open an incident', () => {
  const row = escalationFor('stale-mapping', undefined);
  const facts = (change: Partial<IncidentFacts> = {}): IncidentFacts => ({
    kind: 'stale-mapping',
    caller: person('auditor', 'office', ['auditor']),
    accused: person('shop'),
    row,
    fault: undefined,
    ...change,
  });

  it('is an overseer of another legal entity, for what the ledger cannot see', () => {
    for (const role of ['operator', 'regulator', 'auditor'] as const) {
      expect(checkIncident(facts({ caller: person('someone', 'office', [role]) })).allowed).toBe(
        true,
      );
    }
    const shop = checkIncident(facts({ caller: person('rival') }));
    expect(refusal(shop)).toEqual(['FORBIDDEN', 'incident-accuser']);
    expect(shop.trace[1]?.sentence).toContain('operator, regulator, auditor');
    const own = checkIncident(facts({ caller: person('auditor', 'shop', ['auditor']) }));
    expect(refusal(own)).toEqual(['FORBIDDEN', 'incident-accuser']);
    expect(own.trace[1]?.sentence).toContain('own legal entity');
  });

  it('is anyone, for what the ledger shows', () => {
    for (const kind of ['late-contribution', 'missed-opening', 'opening-mismatch'] as const) {
      expect(checkIncident(facts({ kind, caller: person('shop') })).allowed).toBe(true);
    }
    const fault = { code: 'INVALID_STATE', sentence: 'Not so.' } as const;
    const verdict = checkIncident(facts({ kind: 'late-contribution', fault }));
    expect(refusal(verdict)).toEqual(['INVALID_STATE', 'incident-fact']);
    expect(verdict.trace[0]?.inputs).toEqual({
      kind: 'late-contribution',
      caller: 'auditor',
      accused: 'shop',
    });
  });

  it('accuses nobody of what the table does not have, nor who cannot act', () => {
    const unknown = checkIncident(facts({ row: undefined }));
    expect(refusal(unknown)).toEqual(['ESCALATION_NOT_DEFINED', 'incident-table']);
    expect(unknown.trace[0]?.sentence).toContain('stale-mapping');
    expect(checkIncident(facts({ accused: undefined, row: undefined })).allowed).toBe(true);
    const accused = { ...person('shop'), status: 'suspended' as const };
    for (const kind of ['late-contribution', 'missed-opening'] as const) {
      const verdict = checkIncident(facts({ kind, accused }));
      expect(refusal(verdict)).toEqual(['INVALID_STATE', 'incident-accused']);
      expect(verdict.trace[2]?.sentence).toContain('suspended');
    }
    expect(checkIncident(facts({ accused })).allowed).toBe(true);
  });
});

describe('a new incident', () => {
  const start = (change: object = {}) => ({
    incidentId: incident().incidentId,
    kind: 'stale-mapping' as const,
    subject: { kind: 'stale-mapping' },
    memberId: memberIdSchema.parse('shop'),
    place: { productId: productIdSchema.parse('sales'), epoch: '2026' },
    row: escalationFor('stale-mapping', undefined),
    evidenceHash: hash,
    openedBy: memberIdSchema.parse('auditor'),
    now: NOW,
    others: [] as Incident[],
    ...change,
  });
  const stale = (change: object) =>
    incident({ kind: 'stale-mapping', incidentId: 'c'.repeat(32), ...change });

  it('has its time of grace when it is the first minor one', () => {
    expect(newIncident(start())).toEqual({
      incidentId: id,
      kind: 'stale-mapping',
      subject: { kind: 'stale-mapping' },
      memberId: 'shop',
      productId: 'sales',
      epoch: '2026',
      severity: 'minor',
      rulebookVersion: 0,
      measures: ['freeze-rewards', 'freeze-contribution'],
      openedBy: 'auditor',
      openedAt: NOW,
      evidenceHash: hash,
      rectifyUntil: NOW + 14 * 86_400_000,
      status: 'open',
    });
  });

  it('is escalated at once when it is a second one or major', () => {
    const second = newIncident(start({ others: [stale({ status: 'rectified' })] }));
    expect(second).toMatchObject({ status: 'escalated', escalatedAt: NOW, rectifyUntil: 0 });
    const others = [
      stale({ status: 'closed', outcome: 'lifted' }),
      stale({ kind: 'missed-opening' }),
      stale({ incidentId: id }),
    ];
    expect(newIncident(start({ others })).status).toBe('open');
    const closed = [stale({ status: 'closed', outcome: 'closed' })];
    expect(newIncident(start({ others: closed })).status).toBe('escalated');
    const row = escalationFor('opening-mismatch', undefined);
    expect(newIncident(start({ row }))).toMatchObject({ severity: 'major', status: 'escalated' });
  });

  it('that accuses nobody has no measures and no grace', () => {
    const nobody = {
      memberId: undefined,
      place: undefined,
      row: undefined,
      evidenceHash: undefined,
    };
    const begun = newIncident(start(nobody));
    expect(begun).toMatchObject({
      status: 'open',
      measures: [],
      rectifyUntil: 0,
      severity: 'minor',
    });
    expect(Object.keys(begun)).not.toContain('memberId');
    expect(Object.keys(begun)).not.toContain('evidenceHash');
  });
});

describe('what the ledger shows', () => {
  it('is late after the due time only, and what was stored', () => {
    const open = { status: 'open' as const, dueAt: NOW };
    expect(latenessFault(open, NOW + 1)).toBeUndefined();
    expect(latenessFault(open, NOW)?.code).toBe('DEADLINE_NOT_REACHED');
    const met = latenessFault({ ...open, status: 'met' }, NOW + 1);
    expect(met).toEqual({ code: 'INVALID_STATE', sentence: 'The commitment is met.' });
  });

  it('is stale only if something was contributed, and mended by what came after', () => {
    expect(staleMappingFault([{ status: 'stored' }])).toBeUndefined();
    expect(staleMappingFault([{ status: 'frozen' }])).toBeUndefined();
    expect(staleMappingFault([{ status: 'registered' }])?.code).toBe('NOT_FOUND');
    const productId = productIdSchema.parse('sales');
    const of = { openedAt: 5, productId, epoch: '2026-Q2' };
    const stored = { productId, epoch: '2026-Q2', registeredAt: 6 };
    expect(mendsStaleMapping(of, stored)).toBe(true);
    expect(mendsStaleMapping(of, { ...stored, epoch: '2026-Q3' })).toBe(true);
    expect(mendsStaleMapping(of, { ...stored, epoch: '2026-Q1' })).toBe(false);
    expect(mendsStaleMapping(of, { ...stored, registeredAt: 5 })).toBe(false);
    const other = productIdSchema.parse('other');
    expect(mendsStaleMapping(of, { ...stored, productId: other })).toBe(false);
  });
});

describe('the course of an incident', () => {
  it('is rectified until its time of grace is over, when it was mended', () => {
    const check = (change: object, facts: object = {}) =>
      refusal(checkRectification(incident(change), { mended: true, now: NOW, ...facts }));
    expect(check({})).toBeUndefined();
    expect(check({}, { now: NOW + 1 })).toEqual(['INVALID_STATE', 'incident-grace']);
    expect(check({}, { mended: false })).toEqual(['INCIDENT_NOT_MENDED', 'incident-mended']);
    expect(check({ status: 'escalated' })).toEqual(['INVALID_STATE', 'incident-status']);
    expect(rectified(incident(), NOW)).toEqual(incident({ status: 'rectified', rectifiedAt: NOW }));
  });

  it('escalates after its time of grace, if it has one', () => {
    const check = (change: object, now = NOW + 1) =>
      refusal(checkEscalation(incident(change), now));
    expect(check({})).toBeUndefined();
    expect(check({}, NOW)).toEqual(['DEADLINE_NOT_REACHED', 'incident-grace']);
    expect(check({ rectifyUntil: 0 })).toEqual(['INVALID_STATE', 'incident-status']);
    expect(check({ status: 'rectified' })).toEqual(['INVALID_STATE', 'incident-status']);
  });

  it('is decided on by others, in the status that the decision is for, within what is frozen', () => {
    const decide = (change: Partial<DecisionFacts>) =>
      refusal(
        checkDecision({
          incident: { status: 'escalated' },
          action: 'penalise',
          amount: 5n,
          caller: person('operator'),
          accused: person('shop'),
          frozen: 5n,
          ...change,
        }),
      );
    expect(decide({})).toBeUndefined();
    expect(decide({ amount: 6n })).toEqual(['INSUFFICIENT_FUNDS', 'incident-amount']);
    expect(decide({ caller: person('sister', 'shop') })).toEqual(['FORBIDDEN', 'incident-judge']);
    expect(decide({ accused: undefined })).toBeUndefined();
    const open = { status: 'open' as const };
    expect(decide({ incident: open })).toEqual(['INVALID_STATE', 'incident-status']);
    expect(decide({ incident: open, action: 'lift' })).toEqual([
      'INVALID_STATE',
      'incident-status',
    ]);
    expect(decide({ incident: open, action: 'close' })).toBeUndefined();
    expect(decide({ action: 'lift' })).toBeUndefined();
    const done = { status: 'rectified' as const };
    expect(decide({ incident: done, action: 'close' })).toEqual([
      'INVALID_STATE',
      'incident-status',
    ]);
  });

  it('ends when two roles of two entities decide the same about the same', () => {
    const vote = (change: object = {}) =>
      ({
        role: 'operator',
        action: 'close',
        amount: '0',
        status: 'open',
        ...change,
      }) as IncidentVote;
    const other = vote({ role: 'regulator' });
    expect(isSameDecision(vote(), other, false)).toBe(true);
    expect(isSameDecision(vote(), other, true)).toBe(false);
    for (const change of [
      { role: 'operator' },
      { action: 'lift' },
      { amount: '1' },
      { status: 'escalated' },
    ]) {
      expect(isSameDecision(vote(), { ...other, ...change } as IncidentVote, false)).toBe(false);
    }
    for (const [action, outcome] of [
      ['penalise', 'penalised'],
      ['lift', 'lifted'],
      ['close', 'closed'],
    ] as const) {
      expect(closedBy(incident(), action, NOW)).toEqual(
        incident({ status: 'closed', outcome, closedAt: NOW }),
      );
    }
  });
});

describe('duties of a member', () => {
  const check = (change: object) =>
    checkDuties({
      memberId: 'shop',
      status: 'left',
      byItself: true,
      incidents: [],
      openings: [],
      ...change,
    });

  it('keep it from leaving by itself while something is open', () => {
    expect(check({}).allowed).toBe(true);
    for (const status of ['due', 'named']) {
      expect(refusal(check({ openings: [{ status }] }))).toEqual([
        'OVERSIGHT_PENDING',
        'duties-before-leaving',
      ]);
    }
    for (const status of ['answered', 'agreed', 'mismatch']) {
      expect(check({ openings: [{ status }] }).allowed).toBe(true);
    }
    for (const status of ['open', 'escalated']) {
      const verdict = check({ incidents: [{ status }] });
      expect(verdict.trace[0]?.sentence).toContain('0 openings to answer and 1 incidents');
      expect(check({ incidents: [{ status }], byItself: false }).allowed).toBe(true);
      expect(check({ incidents: [{ status }], status: 'suspended' }).allowed).toBe(true);
    }
    for (const status of ['rectified', 'closed']) {
      expect(check({ incidents: [{ status }] }).allowed).toBe(true);
    }
  });

  it('are not escaped by a readmission that the operator decides alone', () => {
    const suspended = { status: 'escalated', suspended: true };
    const readmit = (incidents: object[]) =>
      refusal(check({ status: 'active', byItself: false, incidents }));
    expect(readmit([suspended])).toEqual(['OVERSIGHT_PENDING', 'suspension-by-incident']);
    expect(readmit([{ status: 'escalated' }])).toBeUndefined();
    expect(readmit([{ ...suspended, status: 'closed' }])).toBeUndefined();
    const again = check({ status: 'suspended', byItself: false, incidents: [suspended] });
    expect(again.allowed).toBe(true);
  });
});
