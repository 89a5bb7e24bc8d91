import { createServer, type AddressInfo, type Server } from 'node:net';
import { requireFreePorts, takenPorts } from './free-ports.js';

const listen = (server: Server) =>
  new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });

describe('free ports', () => {
  it('names those that something else holds', async () => {
    const server = createServer();
    const port = await listen(server);
    try {
      expect(await takenPorts([port])).toEqual([port]);
      await expect(requireFreePorts([port], 0)).rejects.toMatchObject({
        code: 'PORT_IN_USE',
        message: expect.stringMatching(`Port ${port} .*--port-base`) as string,
      });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    await expect(requireFreePorts([port], 0)).resolves.toBeUndefined();
  });

  it('waits for those that are about to be released', async () => {
    const server = createServer();
    const port = await listen(server);
    const free = requireFreePorts([port], 10_000);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(server.listening).toBe(true);
    server.close();
    await expect(free).resolves.toBeUndefined();
    expect(server.listening).toBe(false);
  });
});
