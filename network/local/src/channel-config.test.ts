import { parse } from 'yaml';
import { z } from 'zod';
import { channelConfig, cryptoConfig, organisationConfig } from './channel-config.js';
import { NetworkFolder } from './network-folder.js';
import { newPlan, organisationNamed, peersOf, type Consensus } from './network-plan.js';

const folder = new NetworkFolder('/somewhere/fabric');
const planOf = (consensus: Consensus) => newPlan({ portBase: 17_000, consensus });
const organisation = z.object({
  ID: z.string(),
  MSPDir: z.string(),
  Policies: z.record(z.string(), z.object({ Type: z.string(), Rule: z.string() })),
  AnchorPeers: z.array(z.object({ Host: z.string(), Port: z.int() })).optional(),
  OrdererEndpoints: z.array(z.string()).optional(),
});
const profile = z.looseObject({
  Orderer: z.looseObject({
    OrdererType: z.string(),
    BatchTimeout: z.string(),
    Organizations: z.array(organisation),
  }),
  Application: z.looseObject({ Organizations: z.array(organisation) }),
});
const document = z.object({
  Organizations: z.array(organisation),
  Profiles: z.object({ VeilsumChannel: profile }).optional(),
});

const channelOf = (consensus: Consensus) => {
  const parsed = document.parse(parse(channelConfig(planOf(consensus), folder)));
  return profile.parse(parsed.Profiles?.VeilsumChannel);
};

describe('configtx.yaml', () => {
  it.each([
    ['raft', 'etcdraft', 3],
    ['bft', 'BFT', 4],
  ] as const)('orders by %s', (consensus, type, count) => {
    const { Orderer } = channelOf(consensus);
    expect(Orderer).toMatchObject({ OrdererType: type, BatchTimeout: '200ms' });
    expect(Orderer.Organizations[0]?.OrdererEndpoints).toHaveLength(count);
    expect(Orderer).not.toHaveProperty('Addresses');
  });

  it('lets only peers endorse and only administrators and clients write', () => {
    for (const { ID, Policies } of channelOf('raft').Application.Organizations) {
      expect(Policies['Endorsement']?.Rule).toBe(`OR('${ID}.peer')`);
      expect(Policies['Writers']?.Rule).toBe(`OR('${ID}.admin', '${ID}.client')`);
      expect(Policies['Admins']?.Rule).toBe(`OR('${ID}.admin')`);
    }
  });

  it('takes a majority for channel, chaincode and results', () => {
    const { Application } = channelOf('raft');
    expect(Application).toMatchObject({
      Policies: {
        Admins: { Rule: 'MAJORITY Admins' },
        LifecycleEndorsement: { Rule: 'MAJORITY Endorsement' },
        Endorsement: { Rule: 'MAJORITY Endorsement' },
      },
    });
  });

  it('names no absolute path, so that the folder may be moved', () => {
    expect(channelConfig(planOf('bft'), folder)).not.toContain('/somewhere');
  });

  it('describes one organisation for the channel to admit', () => {
    const plan = { ...planOf('raft'), organisations: [organisationNamed('logistics')] };
    const [peer] = peersOf(plan);
    if (peer === undefined) throw new Error('no peer');
    const [entry] = document.parse(parse(organisationConfig(peer, folder))).Organizations;
    expect(entry).toMatchObject({
      ID: 'LogisticsMSP',
      AnchorPeers: [{ Host: '127.0.0.1', Port: 17_100 }],
    });
  });
});

describe('crypto-config.yaml', () => {
  it('turns node OUs on and names the local host in every certificate', () => {
    const entry = z.object({
      EnableNodeOUs: z.literal(true),
      Template: z.object({ Count: z.literal(1), SANS: z.array(z.string()) }),
    });
    const { PeerOrgs } = z
      .object({ PeerOrgs: z.array(entry) })
      .parse(parse(cryptoConfig(planOf('raft'))));
    expect(PeerOrgs).toHaveLength(4);
    for (const { Template } of PeerOrgs) expect(Template.SANS).toContain('127.0.0.1');
  });
});
