import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  CertificateAuthority,
  FileSigner,
  fingerprintOf,
  generateEnrolmentKey,
} from '@veilsum/ledger';
import {
  EmbeddedEngine,
  SignedLedger,
  type EngineOptions,
  type LedgerContractClass,
} from '@veilsum/ledger/embedded';
import { genesisSchema } from '@veilsum/protocol';
import api from 'fabric-contract-api';

import { type Figure, median, plainFigure, timeMs } from './measurement.js';

const TRANSACTIONS = 10_000;
const CLIENTS = 64;
const ROUNDS = 5;
const DAY_MS = 86_400_000;

interface WriteContext {
  readonly stub: { putState(key: string, value: Uint8Array): Promise<void> };
}

/** Writes one value and nothing else, so that the figure is the ledger's own. */
class PutContract extends api.Contract {
  constructor() {
    super('bench');
  }

  async put({ stub }: WriteContext, argument: string): Promise<string> {
    const { key, value } = JSON.parse(argument) as Record<'key' | 'value', string>;
    await stub.putState(key, Buffer.from(value));
    return 'true';
  }
}

/** Signed put transactions through the port of the embedded ledger in process, and its restart. */
export async function ledgerFigures(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'veilsum-bench-'));
  try {
    const { options, signer } = await prepare(join(folder, 'ledger'));
    const perSecond = await measurePuts(options, signer);
    const restartMs = await measureRestart(options);
    return [
      plainFigure(
        { figure: 'bare OpenSSL signatures, made and checked, one thread', unit: '/s' },
        bareSignatures(),
        {},
      ),
      plainFigure(
        { figure: 'signed put transactions at the port, 64 clients', unit: '/s' },
        perSecond,
        { atLeast: 1000 },
      ),
      plainFigure(
        { figure: `restart of the ledger with ${TRANSACTIONS} transactions`, unit: 's' },
        restartMs / 1000,
        { atMost: 2 },
      ),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function prepare(folder: string): Promise<{ options: EngineOptions; signer: FileSigner }> {
  const dates = { notBeforeMs: Date.now() - DAY_MS, notAfterMs: Date.now() + DAY_MS };
  const authority = await CertificateAuthority.generate({ ...dates, mspId: 'BenchMSP' });
  const { privateKey, request } = await generateEnrolmentKey('bench');
  const certificate = await authority.issue({ ...dates, memberId: 'bench', request });
  const genesis = genesisSchema.parse({
    format: 'veilsum-genesis/1',
    channel: 'bench',
    createdAt: Date.now(),
    msps: [
      {
        mspId: 'BenchMSP',
        rootCertificates: [Buffer.from(authority.certificate).toString('base64')],
      },
    ],
    founderFingerprint: fingerprintOf(certificate),
  });
  const contracts = (): LedgerContractClass[] => [new PutContract()];
  const signer = new FileSigner({ mspId: 'BenchMSP', certificate, privateKey });
  return { options: { folder, genesis, contracts }, signer };
}

/** Median over rounds of equal size; the first transactions, which warm up, are not counted. */
async function measurePuts(options: EngineOptions, signer: FileSigner): Promise<number> {
  const service = await EmbeddedEngine.open(options);
  const ledger = new SignedLedger({ service, signer, channel: options.genesis.channel });
  const perRound = TRANSACTIONS / (ROUNDS + 1);
  const rates: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const startMs = performance.now();
    await putMany(ledger, round, perRound);
    if (round > 0) rates.push((perRound * 1000) / (performance.now() - startMs));
  }
  await ledger.close();
  return median(rates);
}

/** What no ledger of one process can pass: each transaction is signed once and checked once. */
function bareSignatures(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const message = Buffer.alloc(1500);
  const count = 1000;
  const elapsedMs = timeMs(() => {
    for (let index = 0; index < count; index += 1) {
      verify('sha256', message, publicKey, sign('sha256', message, privateKey));
    }
  });
  return (count * 1000) / elapsedMs;
}

async function putMany(ledger: SignedLedger, round: number, count: number): Promise<void> {
  const value = 'x'.repeat(200);
  let next = 0;
  const client = async () => {
    while (next < count) {
      const key = `${round}-${(next += 1)}`;
      await ledger.submit({ contract: 'bench', transaction: 'put', argument: { key, value } });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

async function measureRestart(options: EngineOptions): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startMs = performance.now();
    const engine = await EmbeddedEngine.open(options);
    times.push(performance.now() - startMs);
    await engine.close();
  }
  return median(times);
}
