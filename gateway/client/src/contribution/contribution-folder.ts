import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalBytes, decodeCanonicalJson } from '@veilsum/crypto';
import {
  atRestUnder,
  makePrivateFolder,
  readStateFile,
  writePrivateFile,
  type AtRest,
  type MemberIdentity,
} from '@veilsum/ledger';
import {
  contributionRegistrationSchema,
  VeilsumError,
  type ContributionRegistration,
} from '@veilsum/protocol';

const DRAFT = '.draft';
/** Nobody is still writing a draft of this age. */
const DRAFT_AGE_MAX_MS = 24 * 3_600_000;
const ID = /^[0-9a-f]{32}$/;

/** What contributing needs of a member's keys. */
export type Contributor = Pick<MemberIdentity, 'memberId' | 'storageKey'>;

/** A contribution that is complete on this machine: from here on the same bytes are sent, always. */
export interface PreparedContribution {
  readonly registration: ContributionRegistration;
  /** Absolute or relative path of the container file. */
  readonly containerPath: string;
}

/**
 * A member's contributions, one folder each: `seed.sealed`, `container.arrow`, `registration.json`.
 * While they are made the folder is called `<contributionId>.draft`. The rename marks them complete, so
 * after a crash a draft is something that nobody was sent, and everything else can be sent again.
 */
export class ContributionFolder {
  /** @param path - the member's `contributions` folder; made when needed */
  constructor(readonly path: string) {}

  /** @returns path of the folder in which a new contribution is made */
  async createDraft(contributionId: string): Promise<string> {
    const draft = join(this.path, `${contributionId}${DRAFT}`);
    await makePrivateFolder(this.path);
    await this.#dropOldDrafts();
    await makePrivateFolder(draft);
    return draft;
  }

  /** The seed is on disk, encrypted, before anything made with it leaves the machine. */
  async writeSeed(
    contributor: Contributor,
    contributionId: string,
    seed: Uint8Array,
  ): Promise<void> {
    const draft = join(this.path, `${contributionId}${DRAFT}`);
    const sealed = atRestOf(contributor).close(seedName(contributionId), seed);
    await writePrivateFile(join(draft, 'seed.sealed'), sealed);
  }

  /** Makes a draft whose seed and container are written a contribution. */
  async complete(registration: ContributionRegistration): Promise<PreparedContribution> {
    const { contributionId } = registration;
    const draft = join(this.path, `${contributionId}${DRAFT}`);
    await writePrivateFile(join(draft, 'registration.json'), canonicalBytes(registration));
    await rename(draft, join(this.path, contributionId));
    await syncFolder(this.path);
    return { registration, containerPath: this.#containerPath(contributionId) };
  }

  async discardDraft(contributionId: string): Promise<void> {
    await rm(join(this.path, `${contributionId}${DRAFT}`), { recursive: true, force: true });
  }

  /** Deletes a contribution that the ledger does not have and will not take. */
  async discard(contributionId: string): Promise<void> {
    await rm(join(this.path, contributionId), { recursive: true, force: true });
  }

  /**
   * The seed of a contribution: with the container it opens every block (docs/protocol.md §3).
   * @returns 32 bytes, secret
   * @throws {@link VeilsumError} STATE_FOLDER_INVALID when it is missing, altered or another member's
   */
  async readSeed(contributor: Contributor, contributionId: string): Promise<Uint8Array> {
    const sealed = await readStateFile(join(this.path, contributionId, 'seed.sealed'));
    return atRestOf(contributor).open(seedName(contributionId), sealed);
  }

  /** @throws {@link VeilsumError} STATE_FOLDER_INVALID when a file is missing or not as it was written */
  async read(contributionId: string): Promise<PreparedContribution> {
    const bytes = await readStateFile(join(this.path, contributionId, 'registration.json'));
    const registration = contributionRegistrationSchema.safeParse(decodeRegistration(bytes));
    if (registration.success && registration.data.contributionId === contributionId) {
      return {
        registration: registration.data,
        containerPath: this.#containerPath(contributionId),
      };
    }
    throw new VeilsumError(
      'STATE_FOLDER_INVALID',
      `The files of contribution ${contributionId} are not as they were written.`,
    );
  }

  /** All complete contributions on this machine, by id. */
  async list(): Promise<PreparedContribution[]> {
    const names = await readdir(this.path).catch(noneWhenMissing);
    const ids = names.filter((name) => ID.test(name)).sort();
    return Promise.all(ids.map((contributionId) => this.read(contributionId)));
  }

  #containerPath(contributionId: string): string {
    return join(this.path, contributionId, 'container.arrow');
  }

  async #dropOldDrafts(): Promise<void> {
    for (const name of await readdir(this.path)) {
      if (!name.endsWith(DRAFT)) continue;
      const draft = join(this.path, name);
      const { mtimeMs } = await stat(draft);
      if (Date.now() - mtimeMs > DRAFT_AGE_MAX_MS) await rm(draft, { recursive: true });
    }
  }
}

function noneWhenMissing(error: unknown): string[] {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
  throw error;
}

function decodeRegistration(bytes: Uint8Array): unknown {
  try {
    return decodeCanonicalJson(bytes);
  } catch {
    return undefined;
  }
}

function atRestOf({ storageKey }: Contributor): AtRest {
  return atRestUnder(storageKey, 'contributions');
}

function seedName(contributionId: string): string {
  return `${contributionId}/seed`;
}

/** Makes a rename survive a loss of power. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
