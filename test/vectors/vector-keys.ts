import { decodePublicKey } from '@veilsum/crypto';
import type { PublicKey } from '@veilsum/crypto';

import type { VectorFile } from './vector-files.js';
import { vectorKey } from './vector-files.js';

const keys = new Map<string, PublicKey>();

/** The checked key that a case names; kept, because the whole record check takes a while. */
export function cachedKey(file: VectorFile<unknown>, name: string): PublicKey {
  const label = `${file.folder} ${name}`;
  const known = keys.get(label);
  if (known !== undefined) return known;
  const key = decodePublicKey(vectorKey(file, name).record);
  keys.set(label, key);
  return key;
}
