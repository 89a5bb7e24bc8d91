import 'reflect-metadata';

import { verify, type X509Certificate } from 'node:crypto';

import * as x509 from '@peculiar/x509';
import { VeilsumError } from '@veilsum/protocol';

/** A certificate revocation list of an organisation. */
export class RevocationList {
  readonly #serials: ReadonlySet<string>;
  readonly #signed: Uint8Array;
  readonly #signature: Uint8Array;

  /**
   * @param bytes - PEM or DER
   * @throws {@link VeilsumError} LEDGER_INTEGRITY when it cannot be read
   */
  constructor(bytes: Uint8Array) {
    try {
      const text = Buffer.from(bytes).toString('latin1');
      const list = new x509.X509Crl(text.startsWith('-----') ? text : Uint8Array.from(bytes));
      this.#serials = new Set(list.entries.map(({ serialNumber }) => normalise(serialNumber)));
      const [signed, , signature] = sequenceElements(new Uint8Array(list.rawData));
      if (signed === undefined || signature === undefined) throw new Error('not a list');
      this.#signed = signed;
      // A bit string: tag, length and the number of unused bits come first.
      this.#signature = contentOf(signature).subarray(1);
    } catch (cause) {
      throw new VeilsumError('LEDGER_INTEGRITY', 'A revocation list cannot be read.', { cause });
    }
  }

  /** Whether this list, signed by the certificate's own issuer, names the certificate. */
  revokes(certificate: X509Certificate, issuer: X509Certificate): boolean {
    return (
      this.#serials.has(normalise(certificate.serialNumber)) &&
      verify('sha256', this.#signed, issuer.publicKey, this.#signature)
    );
  }
}

function normalise(serialNumber: string): string {
  return serialNumber.toLowerCase().replace(/^0+(?=.)/, '');
}

/** The elements of a DER sequence, each with tag and length. */
function sequenceElements(der: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  for (let rest = contentOf(der); rest.length > 0;) {
    const { start, end } = extentOf(rest);
    if (end > rest.length || end <= start - 1) throw new Error('malformed');
    elements.push(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
  return elements;
}

function contentOf(der: Uint8Array): Uint8Array {
  const { start, end } = extentOf(der);
  return der.subarray(start, end);
}

/** Where the content of the first element starts and ends. */
function extentOf(der: Uint8Array): { start: number; end: number } {
  const first = der[1] ?? 0;
  if (first < 0x80) return { start: 2, end: 2 + first };
  const size = first & 0x7f;
  let length = 0;
  for (const byte of der.subarray(2, 2 + size)) length = length * 256 + byte;
  return { start: 2 + size, end: 2 + size + length };
}
