import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import { ChannelVerification } from '@veilsum/ledger/fabric';

import { recordChannel } from './channel-recording.js';
import { describeOnFabric, FabricNetwork } from './fabric-network.js';

/** Where the unit tests of the audit take their channels from; renewed with UPDATE_RECORDINGS=1. */
const recordings = new URL('../fakes/fabric/', import.meta.url);

describeOnFabric('the recording of a channel', () => {
  test.each(['raft', 'bft'] as const)(
    'with %s orderers has calls of every outcome and is in order',
    async (consensus) => {
      const network = await FabricNetwork.start({ consensus });
      try {
        const recorded = await recordChannel(network);
        const { genesisHash } = recorded;
        const verification = new ChannelVerification({ genesisHash, chaincode: 'veilsum' });
        const codes = new Set<string>();
        for (const block of recorded.blocks) {
          const verified = await verification.verify(Buffer.from(block, 'base64'));
          expect(verified.findings).toEqual([]);
          for (const { validationCode } of verified.block.transactions) codes.add(validationCode);
        }
        expect([...codes].sort()).toEqual([
          ...(consensus === 'raft' ? ['DUPLICATE_TXID'] : []),
          'ENDORSEMENT_POLICY_FAILURE',
          'MVCC_READ_CONFLICT',
          'VALID',
        ]);
        if (process.env['UPDATE_RECORDINGS'] !== '1') return;
        const file = new URL(`${consensus}-channel.json.gz`, recordings);
        await writeFile(file, gzipSync(JSON.stringify(recorded)));
      } finally {
        await network.stop();
      }
    },
    300_000,
  );
});
