import type { NativePower } from '../native-power.js';

/** Browsers have no native powers for a modulus of one's own; BigInt does all of them. */
export const createNativePower: (modulus: bigint) => NativePower | undefined = () => undefined;
