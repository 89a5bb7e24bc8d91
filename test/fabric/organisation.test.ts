import { addOrganisation, chainHeights, StepLog } from '@veilsum/local-network';

import { expectAuditPasses, refusal, veilsum } from '../e2e/command-line.js';
import { TestNetwork } from '../e2e/test-network.js';
import { fabricSuite } from './fabric-suite.js';

const START_MS = 300_000;
/** Some 15 seconds on a machine that is not busy. */
const LIMIT_MS = 120_000;
const roles = ['--role', 'merchant,analyst'];

fabricSuite('an organisation that joins later', () => {
  let network: TestNetwork;

  beforeAll(async () => {
    network = await TestNetwork.start({ merchants: 1, ledger: 'fabric' });
  }, START_MS);

  afterAll(async () => {
    await network.close();
  }, START_MS);

  const operator = (...words: string[]) =>
    veilsum(network.state.root, '--as', 'operator', '--yes', 'member', ...words);

  test(
    'gets a peer, a place in the consortium, and members that take part through that peer',
    async () => {
      const { state } = network;
      await addOrganisation(state.fabric, 'logistics', new StepLog());
      const enrol = ['enrol', '--id', 'carrier', '--msp', 'LogisticsMSP', '--role', 'merchant'];
      expect(await operator(...enrol)).toMatchObject({
        status: 1,
        answer: { error: { code: 'INVALID_ARGUMENT' } },
      });
      const admit = ['admit-organisation', '--msp', 'LogisticsMSP', ...roles];
      expect(await operator(...admit)).toMatchObject({
        status: 0,
        answer: { mspRoles: { LogisticsMSP: ['merchant', 'analyst'] } },
      });
      expect(await operator(...enrol)).toMatchObject({ status: 0, answer: { status: 'active' } });
      const known = await veilsum(state.root, '--as', 'carrier', 'member', 'show', 'carrier');
      expect(known).toMatchObject({ status: 0, answer: { mspId: 'LogisticsMSP' } });

      const session = await network.session('carrier');
      const heights = await chainHeights(state.fabric);
      const own = await session.ledger.height();
      expect(own).toBeGreaterThanOrEqual(heights['peer-logistics'] ?? Number.NaN);
      const stored = await network.contribute('carrier', await network.consent('carrier'));
      expect(stored).toMatchObject({ contributorId: 'carrier', status: 'stored' });
    },
    LIMIT_MS,
  );

  test(
    'has a say in the rules from then on, and is admitted once',
    async () => {
      const admit = (role: string) =>
        operator('admit-organisation', '--msp', 'LogisticsMSP', '--role', role);
      expect(await admit('analyst,merchant')).toEqual(refusal('INVALID_STATE'));
      expect(await admit('logistics')).toEqual(refusal('INVALID_STATE'));
      expect(await admit('analyst,merchant,logistics')).toMatchObject({
        status: 0,
        answer: { mspRoles: { LogisticsMSP: ['analyst', 'merchant', 'logistics'] } },
      });
      // A change of the rules under the new policy, which five organisations now make up.
      const auditor = ['--id', 'second-auditor', '--msp', 'RegulatorMSP', '--role', 'auditor'];
      expect(await operator('enrol', ...auditor)).toMatchObject({ status: 0 });
      await expectAuditPasses(network.state.root);
    },
    LIMIT_MS,
  );
});
