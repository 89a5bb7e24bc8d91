import { canonicalBytes, encodeText, sha256Hex } from '@veilsum/crypto';
import { hashSchema, incidentReportSchema, type Incident } from '@veilsum/protocol';
import { refusalLines } from '../../../../test/fakes/refusal-lines.js';
import { DEFAULT_ESCALATION, escalationFor, type EscalationRow } from './escalation-table.js';
import { latenessFault, mendsStaleMapping, staleMappingFault } from './incident-facts.js';
import {
  checkIncident,
  newIncident,
  type IncidentFacts,
  type NewIncident,
} from './incident-opening.js';
import { incidentIdOf, subjectOf } from './incident-subject.js';
import { checkDuties, type DutyFacts } from './member-duties.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = 1_000_000;
const hash = hashSchema.parse('d'.repeat(64));

const row = (change: Partial<EscalationRow['rule']> = {}): EscalationRow => ({
  rulebookVersion: 3,
  rule: {
    kind: 'late-contribution',
    severity: 'minor',
    graceMs: 500,
    measures: ['freeze-rewards'],
    ...change,
  },
});

const member = (memberId: string, legalEntityId = `${memberId}-group`) =>
  ({ memberId, legalEntityId, roles: ['auditor'], status: 'active' }) as never;

const facts = (change: Partial<IncidentFacts> = {}): IncidentFacts => ({
  kind: 'late-contribution',
  caller: member('auditor'),
  accused: member('shop'),
  row: row(),
  fault: undefined,
  ...change,
});

const refused = (change: Partial<IncidentFacts>) => refusalLines(checkIncident(facts(change)));

describe('the opening of an incident', () => {
  it('is for anyone where the ledger shows it', () => {
    const anyone = { ...(member('anyone') as object), roles: ['merchant'] } as never;
    for (const kind of ['late-contribution', 'missed-opening', 'opening-mismatch'] as const) {
      expect(refused({ kind, caller: anyone })).toEqual([]);
    }
    for (const kind of ['stale-mapping', 'bad-decryption-share', 'use-outside-purpose'] as const) {
      expect(refused({ kind, caller: anyone })).toEqual([
        `incident-accuser FORBIDDEN: Only members with one of these roles report ${kind}: operator, regulator, auditor.`,
      ]);
    }
  });

  it.each(['operator', 'regulator', 'auditor'])(
    'of what it does not show is for the %s',
    (role) => {
      const caller = { ...(member('judge') as object), roles: ['merchant', role] } as never;
      expect(refused({ kind: 'stale-mapping', caller })).toEqual([]);
    },
  );

  it('is against nobody of the own legal entity, unless the ledger shows it', () => {
    const accused = member('shop', 'auditor-group');
    expect(refused({ kind: 'stale-mapping', accused })).toEqual([
      'incident-accuser FORBIDDEN: Nobody reports an incident against a member of the own legal entity.',
    ]);
    expect(refused({ accused })).toEqual([]);
    expect(refused({ kind: 'stale-mapping', accused: undefined })).toEqual([]);
  });

  it('needs a row of the table in force for whoever is accused', () => {
    expect(refused({ row: undefined })).toEqual([
      'incident-table ESCALATION_NOT_DEFINED: The rulebook in force says nothing about late-contribution, so nobody can be accused of it.',
    ]);
    expect(refused({ row: undefined, accused: undefined })).toEqual([]);
  });

  it('is not for what a suspended member could not do', () => {
    const accused = { ...(member('shop') as object), status: 'suspended' } as never;
    for (const kind of ['late-contribution', 'missed-opening'] as const) {
      expect(refused({ kind, accused })).toEqual([
        'incident-accused INVALID_STATE: The member shop is suspended and cannot act.',
      ]);
    }
    expect(refused({ kind: 'opening-mismatch', accused })).toEqual([]);
  });

  it('repeats why the ledger does not show it, and says who accuses whom', () => {
    const fault = { code: 'INVALID_STATE', sentence: 'It is not so.' } as const;
    expect(refused({ fault })).toEqual(['incident-fact INVALID_STATE: It is not so.']);
    for (const { inputs } of checkIncident(facts()).trace) {
      expect(inputs).toEqual({ kind: 'late-contribution', caller: 'auditor', accused: 'shop' });
    }
    const [first] = checkIncident(facts({ accused: undefined })).trace;
    expect(first?.inputs['accused']).toBe('');
  });
});

const start = (change: Partial<NewIncident> = {}): NewIncident => ({
  incidentId: 'a'.repeat(32) as never,
  kind: 'late-contribution',
  subject: { kind: 'late-contribution', commitmentId: 'c' },
  memberId: 'shop' as never,
  place: { productId: 'weekly-sales' as never, epoch: '2026-Q1' },
  row: row(),
  evidenceHash: hash,
  openedBy: 'auditor' as never,
  now: NOW,
  others: [],
  ...change,
});

const other = (change: Partial<Incident> = {}): Incident => ({
  ...newIncident(start({ incidentId: 'b'.repeat(32) as never })),
  ...change,
});

describe('a new incident', () => {
  it('begins with the time of grace of the table', () => {
    expect(newIncident(start())).toEqual({
      incidentId: 'a'.repeat(32),
      kind: 'late-contribution',
      subject: { kind: 'late-contribution', commitmentId: 'c' },
      severity: 'minor',
      memberId: 'shop',
      productId: 'weekly-sales',
      epoch: '2026-Q1',
      rulebookVersion: 3,
      measures: ['freeze-rewards'],
      openedBy: 'auditor',
      openedAt: NOW,
      evidenceHash: hash,
      rectifyUntil: NOW + 500,
      status: 'open',
    });
  });

  it('leaves out what is not known', () => {
    const made = newIncident(
      start({ memberId: undefined, place: undefined, evidenceHash: undefined }),
    );
    expect(Object.keys(made)).not.toContain('memberId');
    expect(Object.keys(made)).not.toContain('productId');
    expect(Object.keys(made)).not.toContain('evidenceHash');
  });

  it('accuses nobody without a row, and so has no measures', () => {
    expect(newIncident(start({ row: undefined }))).toMatchObject({
      status: 'open',
      severity: 'minor',
      rulebookVersion: 0,
      measures: [],
      rectifyUntil: 0,
    });
  });

  it.each<[string, Partial<NewIncident>, Incident['status']]>([
    ['a first minor one', {}, 'open'],
    ['a major one', { row: row({ severity: 'major', graceMs: 0 }) }, 'escalated'],
    ['a second one', { others: [other({ status: 'rectified' })] }, 'escalated'],
    [
      'a second one after one that was closed',
      { others: [other({ outcome: 'closed' })] },
      'escalated',
    ],
    ['one after one that was lifted', { others: [other({ outcome: 'lifted' })] }, 'open'],
    ['one after another kind', { others: [other({ kind: 'stale-mapping' })] }, 'open'],
    ['itself, read again', { others: [other({ incidentId: 'a'.repeat(32) as never })] }, 'open'],
    [
      'one of several',
      { others: [other({ kind: 'stale-mapping' }), other({ outcome: 'lifted' }), other()] },
      'escalated',
    ],
  ])('%s', (_what, change, status) => {
    const made = newIncident(start(change));
    expect(made.status).toBe(status);
    expect(made.escalatedAt).toBe(status === 'escalated' ? NOW : undefined);
    expect(made.rectifyUntil).toBe(status === 'open' ? NOW + 500 : 0);
  });
});

describe('the table of escalation', () => {
  it('is that of the rulebook in force, else the one that comes with the contracts', () => {
    const { rule } = row({ graceMs: 9 });
    expect(escalationFor('late-contribution', { version: 4, escalation: [rule] })).toEqual({
      rulebookVersion: 4,
      rule,
    });
    expect(escalationFor('stale-mapping', { version: 4, escalation: [rule] })).toBeUndefined();
    expect(escalationFor('late-contribution', undefined)).toEqual({
      rulebookVersion: 0,
      rule: {
        kind: 'late-contribution',
        severity: 'minor',
        graceMs: 7 * DAY_MS,
        measures: ['freeze-rewards'],
      },
    });
  });

  it('spares a first minor deviation, and takes nothing away that could not be given back', () => {
    const rows = DEFAULT_ESCALATION.map(({ kind, severity, graceMs, measures }) => [
      kind,
      severity,
      graceMs / DAY_MS,
      measures.join(' '),
    ]);
    expect(rows).toEqual([
      ['late-contribution', 'minor', 7, 'freeze-rewards'],
      ['stale-mapping', 'minor', 14, 'freeze-rewards freeze-contribution'],
      ['missed-opening', 'minor', 3, 'freeze-rewards freeze-contribution'],
      ['opening-mismatch', 'major', 0, 'freeze-rewards freeze-contribution'],
      ['bad-decryption-share', 'major', 0, 'freeze-rewards suspend-member'],
      ['use-outside-purpose', 'major', 0, 'suspend-member'],
    ]);
  });
});

describe('what the ledger shows', () => {
  it('is late after the moment, while nothing is stored', () => {
    expect(latenessFault({ status: 'open', dueAt: NOW }, NOW + 1)).toBeUndefined();
    expect(latenessFault({ status: 'open', dueAt: NOW }, NOW)).toEqual({
      code: 'DEADLINE_NOT_REACHED',
      sentence: 'The contribution is not due yet.',
    });
    expect(latenessFault({ status: 'met', dueAt: NOW }, NOW + 1)).toEqual({
      code: 'INVALID_STATE',
      sentence: 'The commitment is met.',
    });
  });

  it('was made with a mapping if it is stored', () => {
    expect(staleMappingFault([{ status: 'registered' }, { status: 'stored' }])).toBeUndefined();
    expect(staleMappingFault([{ status: 'frozen' }])).toBeUndefined();
    expect(staleMappingFault([{ status: 'registered' }])).toEqual({
      code: 'NOT_FOUND',
      sentence: expect.stringContaining('no stored contribution') as string,
    });
  });

  it('mends a mapping if it came later, to the same product and epoch or a later one', () => {
    const incident = { openedAt: NOW, productId: 'a', epoch: '2026-Q2' } as never;
    const mends = (change: object) =>
      mendsStaleMapping(incident, {
        productId: 'a' as never,
        epoch: '2026-Q2',
        registeredAt: NOW + 1,
        ...change,
      });
    expect(mends({})).toBe(true);
    expect(mends({ epoch: '2026-Q3' })).toBe(true);
    expect(mends({ epoch: '2026-Q1' })).toBe(false);
    expect(mends({ productId: 'b' as never })).toBe(false);
    expect(mends({ registeredAt: NOW })).toBe(false);
    const anyEpoch = { openedAt: NOW, productId: 'a' } as never;
    const stored = { productId: 'a' as never, epoch: '2026-Q1', registeredAt: NOW + 1 };
    expect(mendsStaleMapping(anyEpoch, stored)).toBe(true);
  });
});

describe('the subject of an incident', () => {
  const id = 'e'.repeat(32);
  const ids = { openingId: id, contributionId: id };
  const place = { memberId: 'shop', productId: 'weekly-sales', epoch: '2026-Q1' };

  it.each<[object, object]>([
    [{ kind: 'late-contribution', commitmentId: id }, {}],
    [{ kind: 'missed-opening', ...ids }, {}],
    [{ kind: 'opening-mismatch', ...ids }, {}],
    [{ kind: 'stale-mapping', ...place }, { evidenceHash: hash }],
    [{ kind: 'bad-decryption-share', queryId: id, attempt: 2, index: 3 }, { evidenceHash: hash }],
    [{ kind: 'use-outside-purpose', queryId: id }, { evidenceHash: hash }],
    [
      { kind: 'undecodable-result', queryId: id, group: 4 },
      { evidenceHash: hash, auditorId: 'auditor' },
    ],
  ])('%j', (about, told) => {
    const subject = subjectOf(incidentReportSchema.parse({ ...about, ...told }));
    const expected = Object.fromEntries(
      Object.entries(about).map(([name, value]) => [name, String(value)]),
    );
    expect(subject).toEqual(expected);
    const digest = sha256Hex(encodeText('veilsum/v1/incident'), canonicalBytes(expected));
    expect(incidentIdOf(subject)).toBe(digest.slice(0, 32));
  });
});

describe('what a member owes others', () => {
  const duties = (change: Partial<DutyFacts>) =>
    refusalLines(
      checkDuties({
        memberId: 'shop',
        status: 'left',
        byItself: true,
        incidents: [],
        openings: [],
        ...change,
      }),
    );

  it('lets it leave with nothing to do', () => {
    expect(duties({})).toEqual([]);
    expect(
      duties({
        incidents: [{ status: 'rectified' }, { status: 'closed' }],
        openings: [{ status: 'answered' }],
      }),
    ).toEqual([]);
  });

  it('keeps it until it has answered and its incidents have ended', () => {
    const owing: Partial<DutyFacts> = {
      incidents: [{ status: 'open' }, { status: 'escalated' }, { status: 'closed' }],
      openings: [{ status: 'due' }],
    };
    expect(duties(owing)).toEqual([
      'duties-before-leaving OVERSIGHT_PENDING: The member shop has 1 openings to answer and 2 incidents that have not ended.',
    ]);
    expect(duties({ ...owing, byItself: false })).toEqual([]);
    expect(duties({ ...owing, status: 'suspended' })).toEqual([]);
    expect(duties({ openings: [{ status: 'named' }] })).toHaveLength(1);
    expect(duties({ incidents: [{ status: 'open' }] })).toHaveLength(1);
  });

  it('does not readmit whom an incident suspends', () => {
    const readmitted = (incidents: DutyFacts['incidents']) =>
      duties({ status: 'active', byItself: false, incidents });
    expect(readmitted([{ status: 'open' }, { status: 'escalated', suspended: true }])).toEqual([
      expect.stringMatching(
        /^suspension-by-incident OVERSIGHT_PENDING: An incident suspended shop/,
      ),
    ]);
    expect(readmitted([{ status: 'escalated' }])).toEqual([]);
    expect(readmitted([{ status: 'closed', suspended: true }])).toEqual([]);
    const { trace } = checkDuties({
      memberId: 'shop',
      status: 'active',
      byItself: false,
      incidents: [],
      openings: [],
    });
    for (const { inputs } of trace) expect(inputs).toEqual({ memberId: 'shop', status: 'active' });
  });
});
