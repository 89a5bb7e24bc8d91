import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { identityFromStat, processIdentity } from './process-identity.js';

const stat = (state: string) =>
  `4242 (a (strange) name) ${state} 1 4242 4242 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 1`;

describe('the identity of a process', () => {
  it('is the boot and the tick at which it began', () => {
    expect(identityFromStat(stat('S'), 'boot')).toBe('boot/987654');
  });

  it.each(['Z', 'X'])('is none in state %s, when it has ended', (state) => {
    expect(identityFromStat(stat(state), 'boot')).toBeUndefined();
  });

  it('is none without a process', () => {
    expect(identityFromStat('', 'boot')).toBeUndefined();
  });

  it('stays the same while it runs and ends with it', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    const pid = child.pid ?? 0;
    const identity = await processIdentity(pid);
    expect(identity).toMatch(/.+/);
    expect(await processIdentity(pid)).toBe(identity);
    expect(await processIdentity(process.pid)).not.toBe(identity);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await processIdentity(pid)).toBeUndefined();
  });
});
