/**
 * Puts the templates into the client's package while npm packs it, and takes them out again: they are
 * kept once, here. Called by gateway/client/package.json.
 */
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const place = fileURLToPath(new URL('../../gateway/client/standards', import.meta.url));
rmSync(place, { recursive: true, force: true });
if (process.argv[2] === 'copy') {
  for (const role of ['platform', 'merchant', 'logistics', 'finance', 'regulator']) {
    cpSync(fileURLToPath(new URL(role, import.meta.url)), `${place}/${role}`, { recursive: true });
  }
}
