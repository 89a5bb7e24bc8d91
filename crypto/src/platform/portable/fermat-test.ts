/** Browsers have no native powers for a modulus of one's own; BigInt does all of them. */
export const passesFermatNatively: (value: bigint) => boolean | undefined = () => undefined;
