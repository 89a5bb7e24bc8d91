import { commitmentSchema } from '@veilsum/protocol';
import { SAMPLE_NOW, sampleId, sampleProduct } from '../../../../test/fakes/query-facts.js';
import { samplePicture } from '../../../../test/fakes/watcher/sample-picture.js';
import { noOversight } from '../picture/oversight-picture.js';
import { defaultThresholds } from '../thresholds.js';
import {
  detectLateContributions,
  detectMissingUploads,
  detectStaleMappings,
} from './contribution-detectors.js';

const at = (now: number) => ({ now, thresholds: defaultThresholds });
const subjects = (findings: { subject: string; period: string }[]) =>
  findings.map(({ subject, period }) => `${subject} ${period}`);

describe('a late contribution', () => {
  const dueAt = SAMPLE_NOW;
  const promised = (change: object = {}) => {
    const commitment = commitmentSchema.parse({
      commitmentId: sampleId(5),
      productId: 'weekly-sales',
      productVersion: 1,
      epoch: '2017-Q1',
      dueAt,
      contributorId: 'merchant-1',
      madeAt: 1,
      status: 'open',
      ...change,
    });
    return samplePicture(0, { oversight: { ...noOversight, commitments: [commitment] } });
  };

  it('is one from the moment after its day', () => {
    expect(detectLateContributions(promised(), at(dueAt))).toEqual([]);
    const [late] = detectLateContributions(promised(), at(dueAt + 1));
    expect(late).toMatchObject({
      subject: `member:merchant-1/product:weekly-sales/commitment:${sampleId(5)}`,
      period: '2017-Q1',
      concerns: ['merchant-1'],
    });
    expect(late).not.toHaveProperty('over');
  });

  it('is over when it came after its day, and none when it came on it or was withdrawn', () => {
    const met = (metAt: number) => promised({ status: 'met', contributionId: sampleId(1), metAt });
    expect(detectLateContributions(met(dueAt), at(dueAt + 9))).toEqual([]);
    expect(detectLateContributions(met(dueAt + 1), at(dueAt + 9))).toMatchObject([
      { over: { at: dueAt + 1 } },
    ]);
    expect(detectLateContributions(promised({ status: 'withdrawn' }), at(dueAt + 1))).toEqual([]);
  });
});

describe('a missing upload', () => {
  const registeredAt = SAMPLE_NOW;
  const { uploadMissingMs } = defaultThresholds;
  const registered = samplePicture(1, {}, { contribution: { status: 'registered', registeredAt } });

  it('is one when the time is over', () => {
    expect(detectMissingUploads(registered, at(registeredAt + uploadMissingMs))).toEqual([]);
    expect(
      subjects(detectMissingUploads(registered, at(registeredAt + uploadMissingMs + 1))),
    ).toEqual([`member:merchant-1/contribution:${sampleId(1)} 2017-Q1`]);
  });

  it.each(['stored', 'superseded', 'withdrawn', 'frozen'])('is none when it is %s', (status) => {
    const picture = samplePicture(1, {}, { contribution: { status, registeredAt: 1 } });
    expect(detectMissingUploads(picture, at(SAMPLE_NOW))).toEqual([]);
  });
});

describe('a stale mapping', () => {
  const { staleMappingMs } = defaultThresholds;
  const publishedAt = SAMPLE_NOW - staleMappingMs - 1;
  const newer = sampleProduct({ version: 3, publishedAt });
  const picture = samplePicture(1, {
    products: [newer, sampleProduct({ version: 2, publishedAt: 5 }), sampleProduct()],
  });

  it('is a live consent to a version that was followed long enough ago', () => {
    const found = detectStaleMappings(picture, at(SAMPLE_NOW));
    expect(subjects(found)).toEqual(['member:merchant-1/product:weekly-sales version 3']);
    expect(found[0]?.sentence).toContain('version 1');
    expect(detectStaleMappings(picture, at(SAMPLE_NOW - 1))).toEqual([]);
  });

  it('is none of a consent that has ended, is withdrawn or is to the newest version', () => {
    const of = (change: object) =>
      samplePicture(1, { products: picture.products }, { consent: change });
    expect(detectStaleMappings(of({ notAfter: SAMPLE_NOW - 1 }), at(SAMPLE_NOW))).toEqual([]);
    expect(detectStaleMappings(of({ notAfter: SAMPLE_NOW }), at(SAMPLE_NOW))).toHaveLength(1);
    expect(detectStaleMappings(of({ notBefore: SAMPLE_NOW + 1 }), at(SAMPLE_NOW))).toEqual([]);
    expect(detectStaleMappings(of({ status: 'withdrawn' }), at(SAMPLE_NOW))).toEqual([]);
    expect(detectStaleMappings(of({ productVersion: 3 }), at(SAMPLE_NOW))).toEqual([]);
  });

  it('is none once the contributor has a live consent to the newest version too', () => {
    const [old] = picture.consents;
    if (old === undefined) throw new Error('unreachable');
    const followed = { ...old, productVersion: 3 };
    const withBoth = { ...picture, consents: [old, followed] };
    expect(detectStaleMappings(withBoth, at(SAMPLE_NOW))).toEqual([]);
    const withdrawn = {
      ...picture,
      consents: [old, { ...followed, status: 'withdrawn' as const }],
    };
    expect(detectStaleMappings(withdrawn, at(SAMPLE_NOW))).toHaveLength(1);
  });
});
