import { fabricPrograms, type FabricPrograms } from '@veilsum/local-network';

import {
  contractSuite,
  foundConsortium,
  propose,
  requireRefusal,
  sampleConsortium,
  sampleProduct,
  sampleRegistration,
  type SuiteCase,
} from '../../chaincode/contracts/src/testing/index.js';
import { invokeWith } from './peer-invoke.js';
import { SuiteNetwork } from './suite-network.js';

/** A commit is a quarter of a second of waiting, so several cases go side by side. */
const CASES_AT_ONCE = 12;

const programs = await fabricPrograms();
const suite = programs.found === undefined ? describe.skip : describe;
if (programs.found === undefined) console.log(`Skipped. ${programs.missing}`);

let network: SuiteNetwork;

function requireFound(): FabricPrograms {
  if (programs.found === undefined) throw new Error(programs.missing);
  return programs.found;
}

/** Runs cases side by side. @returns what each failed with, by its name */
async function runCases(cases: readonly SuiteCase[]): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  const waiting = [...cases];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { name, run } = next;
      await run().catch((error: unknown) => failures.set(name, error));
    }
  };
  await Promise.all(Array.from({ length: CASES_AT_ONCE }, work));
  return failures;
}

suite('contracts on a Fabric network', () => {
  const cases = contractSuite(() => Promise.resolve(network.openCase()));
  let failures: Map<string, unknown>;

  beforeAll(async () => {
    network = await SuiteNetwork.start();
    const started = performance.now();
    failures = await runCases(cases);
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`${cases.length} cases in ${seconds} s.`);
  }, 900_000);

  afterAll(async () => {
    await network.stop();
  }, 60_000);

  test('a change of the rules needs the regulator, whatever majority endorses it', async () => {
    const ledger = network.openCase();
    await foundConsortium(ledger);
    const member = await network.member('operator', 'AssociationMSP');
    const analyst = await ledger.identity('analyst', 'MerchantsMSP');
    const invoke = (contract: string, transaction: string, argument: object, others: string[]) =>
      invokeWith(network, requireFound(), {
        member,
        name: `${ledger.contractName(contract)}:${transaction}`,
        argument,
        endorsers: ['AssociationMSP', 'MerchantsMSP', ...others],
      });
    const registration = sampleRegistration('analyst', ['analyst'], analyst);
    expect(await invoke('member', 'register', registration, ['PlatformMSP'])).toBe('committed');
    const { proposalId, contentHash } = await propose(ledger, 'standard', sampleProduct());
    const approval = { proposalId, contentHash };
    const withdrawal = { proposalId };
    expect(await invoke('proposal', 'withdraw', withdrawal, ['PlatformMSP'])).toMatch(
      /ENDORSEMENT_POLICY_FAILURE/,
    );
    await ledger.submit('keyholder-1', 'proposal', 'approve', approval);
    const revision = await ledger.evaluate('operator', 'consortium', 'ruleRevision', {});
    expect(revision).toMatchObject({ revision: 2 });
  });

  test('only the association founds', async () => {
    const ledger = network.openCase();
    const identity = await ledger.identity('intruder', 'PlatformMSP');
    const consortium = sampleConsortium({ mspRoles: { PlatformMSP: ['operator'] } });
    const operator = sampleRegistration('intruder', ['operator'], identity);
    const founding = { consortium, operator, members: [operator] };
    await requireRefusal(
      ledger.submit('intruder', 'consortium', 'initialize', founding),
      'FORBIDDEN',
      /AssociationMSP/,
    );
  });

  test.each(cases.map(({ name }) => name))('%s', (name) => {
    if (failures.has(name)) throw failures.get(name);
  });
});
