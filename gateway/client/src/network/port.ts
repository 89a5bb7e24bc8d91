import { createServer } from 'node:net';
import { VeilsumError } from '@veilsum/protocol';

/**
 * @param url - whose port is meant
 * @param option - how another port is chosen
 * @throws {@link VeilsumError} PORT_IN_USE
 */
export async function requireFreePort(url: string, option: string): Promise<void> {
  const port = Number(new URL(url).port);
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', () => {
      reject(
        new VeilsumError('PORT_IN_USE', `Port ${port} is taken; choose another with ${option}.`),
      );
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve();
      });
    });
  });
}
