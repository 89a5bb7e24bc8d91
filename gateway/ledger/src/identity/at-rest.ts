import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { VeilsumError } from '@veilsum/protocol';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** Encrypts what a member keeps, so that a copied disk does not show it. */
export interface AtRest {
  /** @param name - where the value is kept; a value moved to another place does not open */
  close(name: string, plaintext: Uint8Array): Uint8Array;
  /** @throws {@link VeilsumError} STATE_FOLDER_INVALID when the value was altered, moved or made with another key */
  open(name: string, closed: Uint8Array): Uint8Array;
}

/**
 * AES-256-GCM under a key drawn by HKDF-SHA-256 (RFC 5869) from the member's storage key. A closed
 * value is `nonce(12) ‖ tag(16) ‖ ciphertext`.
 *
 * @param storageKey - 32 bytes, secret
 * @param purpose - what the values are, e.g. `queries`; each purpose has a key of its own
 */
export function atRestUnder(storageKey: Uint8Array, purpose: string): AtRest {
  const info = `veilsum/v1/at-rest/${purpose}`;
  const key = Buffer.from(hkdfSync('sha256', storageKey, new Uint8Array(0), info, 32));
  return {
    close: (name, plaintext) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(name, 'utf8'));
      const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
      return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), body]));
    },
    open: (name, closed) => {
      try {
        return openClosed(key, name, closed);
      } catch (cause) {
        const sentence =
          'A stored value does not open: it was altered, moved, or belongs to another member.';
        throw new VeilsumError('STATE_FOLDER_INVALID', sentence, { cause });
      }
    },
  };
}

function openClosed(key: Buffer, name: string, closed: Uint8Array): Uint8Array {
  const nonce = closed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(name, 'utf8'));
  decipher.setAuthTag(closed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const body = closed.subarray(NONCE_BYTES + TAG_BYTES);
  return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]));
}
