import { incidentSchema, openingTaskSchema } from '@veilsum/protocol';
import { SAMPLE_NOW, sampleHash, sampleId } from '../../../../test/fakes/query-facts.js';
import { samplePicture } from '../../../../test/fakes/watcher/sample-picture.js';
import { noOversight } from '../picture/oversight-picture.js';
import { defaultThresholds } from '../thresholds.js';
import { detectMissedOpenings, detectOpenIncidents } from './oversight-detectors.js';

const at = (now: number) => ({ now, thresholds: defaultThresholds });
const { overdueMs } = defaultThresholds;

describe('a missed opening', () => {
  const task = (change: object = {}) => {
    const parsed = openingTaskSchema.parse({
      openingId: sampleId(7),
      contributionId: sampleId(1),
      contributorId: 'merchant-1',
      productId: 'weekly-sales',
      epoch: '2017-Q1',
      judgeId: 'auditor',
      rows: [0],
      answerMs: 1000,
      deadline: SAMPLE_NOW,
      status: 'due',
      conclusions: [],
      ...change,
    });
    return samplePicture(0, { oversight: { ...noOversight, openingTasks: [parsed] } });
  };

  it('is one that was not answered in time', () => {
    expect(detectMissedOpenings(task(), at(SAMPLE_NOW + overdueMs))).toEqual([]);
    expect(detectMissedOpenings(task(), at(SAMPLE_NOW + overdueMs + 1))).toMatchObject([
      {
        subject: `member:merchant-1/contribution:${sampleId(1)}/opening:${sampleId(7)}`,
        concerns: ['merchant-1', 'auditor'],
      },
    ]);
    expect(detectMissedOpenings(task({ status: 'named' }), at(SAMPLE_NOW * 2))).toHaveLength(1);
  });

  it.each(['answered', 'agreed', 'mismatch'])('is none that is %s', (status) => {
    expect(detectMissedOpenings(task({ status }), at(SAMPLE_NOW * 2))).toEqual([]);
  });

  it('is none of a contest: the mismatch stands then', () => {
    const concluded = {
      judgeId: 'auditor',
      outcome: 'mismatch',
      evidenceHash: sampleHash('check'),
      concludedAt: 1,
    };
    expect(detectMissedOpenings(task({ conclusions: [concluded] }), at(SAMPLE_NOW * 2))).toEqual(
      [],
    );
  });
});

describe('an incident', () => {
  const found = (change: object, now = SAMPLE_NOW) => {
    const incident = incidentSchema.parse({
      incidentId: sampleId(9),
      kind: 'late-contribution',
      subject: { kind: 'late-contribution', commitmentId: sampleId(5) },
      severity: 'minor',
      memberId: 'merchant-1',
      productId: 'weekly-sales',
      epoch: '2017-Q1',
      rulebookVersion: 0,
      measures: ['freeze-rewards'],
      openedBy: 'auditor',
      openedAt: 1,
      rectifyUntil: SAMPLE_NOW,
      status: 'open',
      ...change,
    });
    const picture = samplePicture(0, { oversight: { ...noOversight, incidents: [incident] } });
    const [finding] = detectOpenIncidents(picture, at(now));
    if (finding === undefined) throw new Error('Every incident is one.');
    return finding;
  };

  it('is open, and says how long its time of grace lasts', () => {
    const finding = found({}, SAMPLE_NOW - 3 * 3_600_000);
    expect(finding).toMatchObject({ subject: `member:merchant-1/incident:${sampleId(9)}` });
    expect(finding.sentence).toContain('3 h are left');
    expect(finding).not.toHaveProperty('severity');
    expect(found({}, SAMPLE_NOW).sentence).toContain('0 s are left');
    expect(found({}, SAMPLE_NOW + 1).sentence).toContain('time of grace is over');
  });

  it('is critical when it is major or its measures are in force', () => {
    expect(found({ severity: 'major', rectifyUntil: 0 }).severity).toBe('critical');
    const escalated = found({ status: 'escalated', escalatedAt: 1 });
    expect(escalated.severity).toBe('critical');
    expect(escalated.sentence).toContain('its measures are freeze-rewards');
  });

  it('is over when it was rectified or decided', () => {
    expect(found({ status: 'rectified', rectifiedAt: 5 }).over).toMatchObject({ at: 5 });
    expect(found({ status: 'closed', closedAt: 6, outcome: 'lifted' }).over).toEqual({
      at: 6,
      sentence: 'It was decided: lifted.',
    });
    expect(found({ status: 'escalated', escalatedAt: 1 })).not.toHaveProperty('over');
  });
});
