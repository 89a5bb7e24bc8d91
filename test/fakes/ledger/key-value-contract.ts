import type { TransactionContext } from '@veilsum/contracts';
import api from 'fabric-contract-api';

interface Pair {
  readonly key: string;
  readonly value: string;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A contract without rules, to see what the ledger itself does. */
export class KeyValueContract extends api.Contract {
  constructor() {
    super('keyValue');
  }

  async put({ stub }: TransactionContext, argument: string): Promise<string> {
    const { key, value } = JSON.parse(argument) as Pair;
    await stub.putState(key, Buffer.from(value));
    stub.setEvent('put', Buffer.from(JSON.stringify({ key })));
    return JSON.stringify({ key });
  }

  async remove({ stub }: TransactionContext, argument: string): Promise<string> {
    await stub.deleteState((JSON.parse(argument) as { key: string }).key);
    return 'null';
  }

  async get({ stub }: TransactionContext, argument: string): Promise<string> {
    const value = await stub.getState((JSON.parse(argument) as { key: string }).key);
    return JSON.stringify(value.length === 0 ? null : text(value));
  }

  /** Reads and writes the same key, so that two at once conflict. */
  async add({ stub }: TransactionContext, argument: string): Promise<string> {
    const { key, amount } = JSON.parse(argument) as { key: string; amount: number };
    const total = Number(text(await stub.getState(key))) + amount;
    await stub.putState(key, Buffer.from(String(total)));
    stub.setEvent('added', Buffer.from(String(total)));
    return JSON.stringify(total);
  }

  /** Says what the same transaction sees of its own write. */
  async writeAndRead({ stub }: TransactionContext, argument: string): Promise<string> {
    const { key, value } = JSON.parse(argument) as Pair;
    await stub.putState(key, Buffer.from(value));
    return JSON.stringify(text(await stub.getState(key)));
  }

  async putItem({ stub }: TransactionContext, argument: string): Promise<string> {
    const { list, item, value } = JSON.parse(argument) as Record<'list' | 'item' | 'value', string>;
    await stub.putState(stub.createCompositeKey('item', [list, item]), Buffer.from(value));
    return 'null';
  }

  async removeItem({ stub }: TransactionContext, argument: string): Promise<string> {
    const { list, item } = JSON.parse(argument) as Record<'list' | 'item', string>;
    await stub.deleteState(stub.createCompositeKey('item', [list, item]));
    return 'null';
  }

  async items({ stub }: TransactionContext, argument: string): Promise<string> {
    const { list } = JSON.parse(argument) as { list: string };
    const found: string[] = [];
    for await (const { key, value } of stub.getStateByPartialCompositeKey('item', [list])) {
      found.push(`${stub.splitCompositeKey(key).attributes.join('/')}=${text(value)}`);
    }
    return JSON.stringify(found);
  }

  /** Counts a list by range and writes the count, so that a new item in it is a phantom. */
  async count({ stub }: TransactionContext, argument: string): Promise<string> {
    const { list, into } = JSON.parse(argument) as Record<'list' | 'into', string>;
    let count = 0;
    for await (const entry of stub.getStateByPartialCompositeKey('item', [list])) {
      count += entry.value.length === 0 ? 0 : 1;
    }
    await stub.putState(into, Buffer.from(String(count)));
    return JSON.stringify(count);
  }

  async history({ stub }: TransactionContext, argument: string): Promise<string> {
    const { key } = JSON.parse(argument) as { key: string };
    const changes: unknown[] = [];
    for await (const { txId, isDelete, value, timestamp } of stub.getHistoryForKey(key)) {
      changes.push({ txId, isDelete, value: text(value), seconds: Number(timestamp.seconds) });
    }
    return JSON.stringify(changes);
  }

  async twoEvents({ stub }: TransactionContext): Promise<string> {
    stub.setEvent('first', Buffer.from('1'));
    stub.setEvent('second', Buffer.from('2'));
    await stub.putState('events', Buffer.from('two'));
    return 'null';
  }

  async whoami({ clientIdentity }: TransactionContext): Promise<string> {
    const identity = clientIdentity as typeof clientIdentity & { getID(): string };
    return Promise.resolve(
      JSON.stringify({
        mspId: identity.getMSPID(),
        id: identity.getID(),
        pem: text(identity.getIDBytes()),
      }),
    );
  }

  async putBinary({ stub }: TransactionContext): Promise<string> {
    await stub.putState('binary', Uint8Array.of(0xff, 0xfe));
    return 'null';
  }

  async refuse(): Promise<string> {
    return Promise.reject(new Error('FORBIDDEN: Nobody may do this.'));
  }

  async crash(): Promise<string> {
    return Promise.reject(new TypeError('secret is undefined'));
  }
}
