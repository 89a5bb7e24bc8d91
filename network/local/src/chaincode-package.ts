import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { CHAINCODE, slotOf } from './network-plan.js';

/** A chaincode package, the same bytes wherever it is made. */
export interface ChaincodePackage {
  readonly bytes: Uint8Array;
  /** `label:sha256`, as every peer computes it. */
  readonly id: string;
}

/** @returns the label of a chaincode definition; each has its own, so that two can run side by side */
export const labelOf = (sequence: number): string => `${CHAINCODE}_${sequence}`;

/**
 * The package of a chaincode definition. It holds no code but where the peer finds the server: a
 * template that the builder fills from the peer's own settings (Fabric's convention for chaincode as
 * a service, `CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG`).
 */
export function chaincodePackage(sequence: number): ChaincodePackage {
  const label = labelOf(sequence);
  const connection = {
    address: `{{.${slotOf(sequence)}}}`,
    dial_timeout: '10s',
    tls_required: false,
  };
  const code = archive([['connection.json', json(connection)]]);
  const bytes = archive([
    ['metadata.json', json({ type: 'ccaas', label })],
    ['code.tar.gz', code],
  ]);
  return { bytes, id: `${label}:${createHash('sha256').update(bytes).digest('hex')}` };
}

const json = (value: unknown) => Buffer.from(`${JSON.stringify(value)}\n`);

const BLOCK_BYTES = 512;
const GZIP_SYSTEM_OFFSET = 9;
const UNKNOWN_SYSTEM = 255;

/** A tar.gz without times, owners or compression, which differ between machines. */
function archive(files: readonly (readonly [string, Uint8Array])[]): Buffer {
  const parts = files.flatMap(([name, content]) => [
    tarHeader(name, content.length),
    content,
    Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES),
  ]);
  const packed = gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]), { level: 0 });
  packed[GZIP_SYSTEM_OFFSET] = UNKNOWN_SYSTEM;
  return packed;
}

/** POSIX.1-1988 ustar header of a plain file. */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${octal(checksum, 6)}\0 `, 148);
  return header;
}
