import {
  decodePlan,
  domainOf,
  newPlan,
  organisationNamed,
  orderersOf,
  peersOf,
  slotOf,
  type OrdererPorts,
  type PeerPorts,
} from './network-plan.js';
import { activeSequences } from './process-plans.js';

const raft = newPlan({ portBase: 17_000, consensus: 'raft' });

const valuesOf = (ports: OrdererPorts | PeerPorts): number[] => Object.values(ports) as number[];

describe('a network plan', () => {
  it('begins with the four organisations and nothing committed', () => {
    expect(raft.organisations.map(({ mspId }) => mspId)).toEqual([
      'AssociationMSP',
      'PlatformMSP',
      'MerchantsMSP',
      'RegulatorMSP',
    ]);
    expect(raft.chaincode).toEqual({ committed: 0, wanted: 1 });
  });

  it.each([
    ['raft', 3],
    ['bft', 4],
  ] as const)('has the orderers that %s needs', (consensus, count) => {
    expect(orderersOf(newPlan({ portBase: 17_000, consensus }))).toHaveLength(count);
  });

  it('gives every listener a port of its own, up to the most organisations', () => {
    const names = Array.from({ length: 40 }, (_, index) => organisationNamed(`member-${index}`));
    const plan = { ...newPlan({ portBase: 20_000, consensus: 'bft' }), organisations: names };
    const ports = [...orderersOf(plan), ...peersOf(plan)].flatMap((node) => valuesOf(node.ports));
    expect(new Set(ports).size).toBe(ports.length);
    expect(Math.min(...ports)).toBe(20_000);
  });

  it('reads what it wrote, and nothing else', () => {
    expect(decodePlan(JSON.stringify(raft))).toEqual(raft);
    expect(() => decodePlan(JSON.stringify({ ...raft, format: 'other/1' }))).toThrow();
    expect(() => decodePlan(JSON.stringify({ ...raft, more: 1 }))).toThrow();
  });

  it.each([80, 70_000, 17_000.5])('refuses the port base %d', (portBase) => {
    expect(() => newPlan({ portBase, consensus: 'raft' })).toThrow();
  });

  it('derives MSP id and domain from a name', () => {
    const organisation = organisationNamed('cold-chain');
    expect(organisation.mspId).toBe('ColdChainMSP');
    expect(domainOf(organisation)).toBe('cold-chain.veilsum.example');
  });

  it.each(['', 'Logistics', '../x', '4you', 'a b', 'x'.repeat(40)])(
    'refuses the organisation name %p',
    (name) => {
      expect(() => organisationNamed(name)).toThrow();
    },
  );

  it('lets two definitions that follow each other use different addresses', () => {
    expect([1, 2, 3].map(slotOf)).toEqual(['blue', 'green', 'blue']);
  });

  it.each([
    [0, 1, [1]],
    [1, 1, [1]],
    [1, 2, [1, 2]],
  ])('with definition %d committed and %d wanted runs servers of %p', (committed, wanted, all) => {
    expect(activeSequences({ ...raft, chaincode: { committed, wanted } })).toEqual(all);
  });
});
