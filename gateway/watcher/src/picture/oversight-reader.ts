import { noOversight, type OversightPicture } from './oversight-picture.js';

/** What the ledger says of promises, openings and incidents. */
export function readOversight(): Promise<OversightPicture> {
  return Promise.resolve(noOversight);
}
