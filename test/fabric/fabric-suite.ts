import { fabricPrograms } from '@veilsum/local-network';

import { freePortBase } from '../e2e/free-ports.js';

const programs = await fabricPrograms();

/** Describes a suite that needs Fabric's programs; where they are missing it is skipped, and says so. */
export function fabricSuite(name: string, define: () => void): void {
  if (programs.found === undefined) {
    console.log(`Skipped: ${programs.missing}`);
    describe.skip(name, define);
    return;
  }
  describe(name, define);
}

/** Words for `veilsum up` that put the network on Fabric, on ports that are free. */
export async function fabricChoices(): Promise<string[]> {
  return ['--ledger', 'fabric', '--fabric-port-base', String(await freePortBase())];
}
