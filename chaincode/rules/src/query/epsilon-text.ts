/**
 * ε as people write it, without floating point: ledger code must give the same bytes everywhere.
 * @param epsilonMicro - millionths, a whole number from 0
 * @returns e.g. `0.3`
 */
export function epsilonText(epsilonMicro: number): string {
  const digits = String(epsilonMicro).padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -6) : `${digits.slice(0, -6)}.${fraction}`;
}
