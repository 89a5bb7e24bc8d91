import { sampleAlert, sampleFinding } from '../../../../test/fakes/watcher/sample-alert.js';
import { alertIdOf } from '../detectors/finding.js';
import { changedAlerts, withAttempt } from './alert-book.js';

const rules = { now: 5000, since: 100, quietMs: 1000 };
const known = (...alerts: ReturnType<typeof sampleAlert>[]) =>
  new Map(alerts.map((alert) => [alert.alertId, alert]));
const everything = () => true;
const change = (
  before: ReturnType<typeof known>,
  findings: Parameters<typeof changedAlerts>[1],
  looked: () => boolean = everything,
) => changedAlerts(before, findings, looked, rules);

describe('what follows from a look', () => {
  it('raises what is new, with what to do', () => {
    const [raised, ...more] = change(known(), [sampleFinding()]);
    expect(more).toEqual([]);
    expect(raised).toMatchObject({
      alertId: alertIdOf(sampleFinding()),
      revision: 1,
      status: 'open',
      severity: 'warning',
      at: 5000,
    });
    expect(raised?.mendingStep).toContain('veilsum contribute');
  });

  it('says nothing twice, also when two looks see the same', () => {
    expect(change(known(sampleAlert()), [sampleFinding()])).toEqual([]);
    expect(change(known(), [sampleFinding(), sampleFinding()])).toHaveLength(1);
    expect(change(known(sampleAlert()), [sampleFinding({ sentence: 'Later words.' })])).toEqual([]);
  });

  it('has another id for another kind, subject or period only', () => {
    const id = alertIdOf(sampleFinding());
    expect(alertIdOf(sampleFinding({ sentence: 'x' }))).toBe(id);
    for (const other of [{ kind: 'stuck-query' as const }, { subject: 'x' }, { period: 'x' }])
      expect(alertIdOf(sampleFinding(other))).not.toBe(id);
  });

  it('mends what is no longer seen, unless nobody looked', () => {
    expect(change(known(sampleAlert()), [], () => false)).toEqual([]);
    expect(change(known(sampleAlert()), [])).toMatchObject([
      { revision: 2, status: 'mended', mended: { at: 5000, by: 'elsewhere' } },
    ]);
  });

  it('says that the watcher mended it when it did, and not when it failed', () => {
    const tried = (succeeded: boolean) =>
      sampleAlert({ attempted: { at: 1, succeeded, sentence: 'Sent it.' } });
    expect(change(known(tried(true)), [])[0]?.mended).toEqual({
      at: 5000,
      by: 'watcher',
      sentence: 'Sent it.',
    });
    expect(change(known(tried(false)), [])[0]?.mended?.by).toBe('elsewhere');
  });

  it('tells of what came and went meanwhile, but not of what was over before it began', () => {
    const over = (at: number) => sampleFinding({ over: { at, sentence: 'It is over.' } });
    expect(change(known(), [over(99)])).toEqual([]);
    expect(change(known(), [over(100)]).map(({ revision, status }) => [revision, status])).toEqual([
      [1, 'open'],
      [2, 'mended'],
    ]);
    expect(change(known(sampleAlert()), [over(99)])).toMatchObject([{ status: 'mended' }]);
    const mended = sampleAlert({
      status: 'mended',
      mended: { at: 1, by: 'elsewhere', sentence: 'x' },
    });
    expect(change(known(mended), [over(200)])).toEqual([]);
  });

  it('raises the same alert again after a while, and not before', () => {
    const mendedAt = (at: number) =>
      sampleAlert({
        revision: 2,
        status: 'mended',
        mended: { at, by: 'elsewhere', sentence: 'x' },
        attempted: { at: 1, succeeded: true, sentence: 'x' },
      });
    expect(change(known(mendedAt(4001)), [sampleFinding()])).toEqual([]);
    const [again] = change(known(mendedAt(4000)), [sampleFinding()]);
    expect(again).toMatchObject({ revision: 3, status: 'open' });
    expect(again).not.toHaveProperty('mended');
    expect(again).not.toHaveProperty('attempted');
  });

  it('says when it got worse', () => {
    const [worse] = change(known(sampleAlert()), [sampleFinding({ severity: 'critical' })]);
    expect(worse).toMatchObject({ revision: 2, severity: 'critical', status: 'open' });
  });
});

describe('what the watcher tried', () => {
  const failed = { at: 7, succeeded: false, sentence: 'It was refused.' };

  it('is said once', () => {
    const said = withAttempt(sampleAlert(), failed);
    expect(said).toMatchObject({ revision: 2, status: 'open', attempted: failed });
    if (said === undefined) throw new Error('unreachable');
    expect(withAttempt(said, { ...failed, at: 8 })).toBeUndefined();
    expect(withAttempt(said, { ...failed, sentence: 'Other.' })).toMatchObject({ revision: 3 });
  });

  it('is credited when a look was faster, and not when it failed', () => {
    const mended = sampleAlert({
      revision: 2,
      status: 'mended',
      mended: { at: 6, by: 'elsewhere', sentence: 'It is no longer so.' },
    });
    const done = { at: 7, succeeded: true, sentence: 'Sent it.' };
    expect(withAttempt(mended, done)).toMatchObject({
      revision: 3,
      mended: { at: 6, by: 'watcher', sentence: 'Sent it.' },
    });
    expect(withAttempt(mended, failed)).toBeUndefined();
  });
});
