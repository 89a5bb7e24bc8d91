import { createHash } from 'node:crypto';
import { genesisHeaderHash } from './network-profile.js';

describe("Fabric's hash of block 0", () => {
  it('covers number 0, no previous hash and the data hash as DER', () => {
    const data = 'ab'.repeat(32);
    const der = Buffer.from(`302702010004000420${data}`, 'hex');
    expect(genesisHeaderHash(Buffer.from(data, 'hex'))).toBe(
      createHash('sha256').update(der).digest('hex'),
    );
  });
});
