import { failed, outcomeOf, passed, requireAllowed, verdictOf } from './verdict.js';

const name = { rule: 'sample', version: 2 };

describe('verdictOf', () => {
  it('allows exactly when there is an outcome and every one passed', () => {
    const good = passed(name, 'Fine.');
    const bad = failed(name, { code: 'FORBIDDEN', sentence: 'No.' });
    expect(verdictOf([]).allowed).toBe(false);
    expect(verdictOf([good, good]).allowed).toBe(true);
    expect(verdictOf([good, bad]).allowed).toBe(false);
    expect(verdictOf([bad, good]).trace).toEqual([bad, good]);
  });

  it('keeps what the rule looked at as strings', () => {
    expect(passed(name, 'Fine.', { size: 3, exact: true, who: 'acme' })).toEqual({
      rule: 'sample',
      version: 2,
      passed: true,
      sentence: 'Fine.',
      inputs: { size: '3', exact: 'true', who: 'acme' },
    });
  });
});

describe('outcomeOf', () => {
  it('holds unless there is a failure', () => {
    expect(outcomeOf('first', undefined, { size: 1 })).toEqual({
      rule: 'first',
      version: 1,
      passed: true,
      sentence: 'The rule holds.',
      inputs: { size: '1' },
    });
  });
});

describe('requireAllowed', () => {
  it('throws the first rule that did not pass', () => {
    const verdict = verdictOf([
      outcomeOf('first', undefined),
      outcomeOf('second', { code: 'FORBIDDEN', sentence: 'Second.' }),
      outcomeOf('third', { code: 'NOT_FOUND', sentence: 'Third.' }),
    ]);
    expect(() => {
      requireAllowed(verdict);
    }).toThrow(expect.objectContaining({ code: 'FORBIDDEN', message: 'Second.' }) as Error);
  });

  it('refuses a verdict that nothing was asked for', () => {
    expect(() => {
      requireAllowed(verdictOf([]));
    }).toThrow(
      expect.objectContaining({ code: 'FORBIDDEN', message: 'No rule allows this.' }) as Error,
    );
    expect(() => {
      requireAllowed(verdictOf([outcomeOf('first', undefined)]));
    }).not.toThrow();
  });
});
