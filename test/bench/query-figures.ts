import { receiveResult, submitQuestion, type Session } from '@veilsum/client';

import { TestNetwork, testQuestion } from '../e2e/test-network.js';
import { plainFigure, type Figure } from './measurement.js';

const MERCHANTS = 3;
const WARM_UP = 2;
const QUERIES = 24;
const IN_FLIGHT = 4;
const ATTEMPT_MS = 120_000;

/** One query from its request until the analyst has accepted the result and everybody is paid. */
async function ask(analyst: Session): Promise<void> {
  const { queryId } = await submitQuestion(analyst, testQuestion);
  await receiveResult(analyst, queryId, { timeoutMs: ATTEMPT_MS });
}

async function askMany(analyst: Session, queries: number): Promise<void> {
  let left = queries;
  const askOn = async () => {
    while (left > 0) {
      left -= 1;
      await ask(analyst);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, askOn));
}

/**
 * Queries a minute through a whole network of real processes: gateway, three keyholders and one analyst
 * with several questions in flight. The key is short, so that the ledger and not the ciphers is measured.
 */
export async function queryFigures(ledger: 'embedded' | 'fabric'): Promise<Figure[]> {
  const network = await TestNetwork.start({ merchants: MERCHANTS, attemptMs: ATTEMPT_MS, ledger });
  try {
    await network.contributeAll(MERCHANTS);
    await network.deposit('analyst', '10000000');
    const analyst = await network.session('analyst');
    await askMany(analyst, WARM_UP);
    const startMs = performance.now();
    await askMany(analyst, QUERIES);
    const minutes = (performance.now() - startMs) / 60_000;
    const figure = `${ledger === 'fabric' ? 'Fabric' : ledger}, queries from request to settled, ${IN_FLIGHT} in flight`;
    return [plainFigure({ figure, unit: '/min' }, QUERIES / minutes, {})];
  } finally {
    await network.close();
  }
}
