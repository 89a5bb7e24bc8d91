import { sampleRulebook } from '../../../../test/fakes/sample-rulebook.js';
import { rulebookDiff } from './rulebook-diff.js';

const rulebook = sampleRulebook();
const [first, second] = rulebook.negativeList;

const places = (change: Parameters<typeof sampleRulebook>[0]) =>
  rulebookDiff(rulebook, sampleRulebook(change)).map(({ place, change: how }) => [place, how]);

test('a rulebook does not differ from itself, nor by the order of entries', () => {
  expect(places({})).toEqual([]);
  expect(places({ negativeList: [second, first] })).toEqual([]);
});

test('differences are named by field and entry', () => {
  expect(places({ version: 2, title: 'Other rules' })).toEqual([
    ['version', 'changed'],
    ['title', 'changed'],
  ]);
  expect(
    places({
      negativeList: [
        { ...first, sentence: 'Otherwise.' },
        { ...second, entryId: 'new-one' },
      ],
    }),
  ).toEqual([
    ['negativeList no-minors-ads', 'changed'],
    ['negativeList review-location', 'removed'],
    ['negativeList new-one', 'added'],
  ]);
});

test('differences show what was and what is', () => {
  const [difference] = rulebookDiff(rulebook, sampleRulebook({ version: 7 }));
  expect(difference).toEqual({ place: 'version', change: 'changed', before: 1, after: 7 });
});
