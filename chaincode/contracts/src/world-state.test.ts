import { z } from 'zod';
import { MemoryStub } from './testing/index.js';
import { WorldState, type StateKind } from './world-state.js';

const notes: StateKind<{ text: string }> = {
  type: 'note',
  noun: 'note',
  schema: z.strictObject({ text: z.string() }),
  notFound: 'NOT_FOUND',
};

function openStub(entries: Readonly<Record<string, string>> = {}): MemoryStub {
  const keys = new MemoryStub(emptyFacts());
  const state = new Map(
    Object.entries(entries).map(([path, value]) => [
      keys.createCompositeKey('note', path.split('/')),
      { value: new TextEncoder().encode(value), version: 1 },
    ]),
  );
  return new MemoryStub({ ...emptyFacts(), state });
}

function emptyFacts() {
  return {
    state: new Map(),
    history: new Map(),
    transactionId: 'a',
    timestamp: { seconds: 0, nanos: 0 },
  };
}

describe('WorldState', () => {
  it('writes canonical JSON under a composite key', async () => {
    const stub = openStub();
    await new WorldState(stub).put(notes, ['a', 'b'], { text: 'x' });
    const key = '\u0000note\u0000a\u0000b\u0000';
    expect(new TextDecoder().decode(stub.simulation.writes.get(key))).toBe('{"text":"x"}');
  });

  it('answers undefined for what does not exist, or its own error when it is required', async () => {
    const state = new WorldState(openStub());
    expect(await state.get(notes, 'a')).toBeUndefined();
    await expect(state.require(notes, 'a', 'b')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no note a b.',
    });
  });

  it('lists by whole parts, in key order', async () => {
    const state = new WorldState(
      openStub({
        'sales/2': '{"text":"2"}',
        'sales/1': '{"text":"1"}',
        'sales-weekly/1': '{"text":"other"}',
      }),
    );
    expect(await state.list(notes, 'sales')).toEqual([{ text: '1' }, { text: '2' }]);
    expect((await state.entries(notes)).map(({ parts }) => parts.join('/'))).toEqual([
      'sales/1',
      'sales/2',
      'sales-weekly/1',
    ]);
  });

  it.each([
    ['get', (state: WorldState) => state.get(notes, 'a', '1')],
    ['list of its prefix', (state: WorldState) => state.list(notes, 'a')],
    ['list of all', (state: WorldState) => state.list(notes)],
    ['second put', (state: WorldState) => state.put(notes, ['a', '1'], { text: 'y' })],
    ['delete', (state: WorldState) => state.delete(notes, 'a', '1')],
  ])('refuses a %s after a write of the same key', async (_name, use) => {
    const state = new WorldState(openStub());
    await state.put(notes, ['a', '1'], { text: 'x' });
    await expect(use(state)).rejects.toThrow(/(a|one) note/);
  });

  it('still reads and lists other keys after a write', async () => {
    const state = new WorldState(openStub({ 'b/1': '{"text":"b"}' }));
    await state.put(notes, ['a', '1'], { text: 'x' });
    expect(await state.get(notes, 'b', '1')).toEqual({ text: 'b' });
    expect(await state.list(notes, 'b')).toHaveLength(1);
  });

  it('writes nothing that is not of its format', async () => {
    const stub = openStub();
    const value = { text: 'x', secret: 'y' };
    await expect(new WorldState(stub).put(notes, ['a'], value)).rejects.toThrow();
    expect(stub.simulation.writes.size).toBe(0);
  });
});
