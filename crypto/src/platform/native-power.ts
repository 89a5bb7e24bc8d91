/**
 * base^exponent mod modulus by a native library, or undefined when it refuses these arguments.
 * The base lies in [0, modulus), the exponent is positive.
 */
export type NativePower = (base: bigint, exponent: bigint) => bigint | undefined;
