import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { approveProposal, submitProposal } from '@veilsum/client';
import { askLedger, connectLedger, tellLedger, type Ledger } from '@veilsum/ledger';
import { createGenesisBlock } from '@veilsum/ledger/embedded';
import {
  committeeKeySchema,
  consentSchema,
  consentTermsSchema,
  consortiumSchema,
  contributionRegistrationSchema,
  contributionSchema,
  genesisSchema,
  memberRegistrationSchema,
  memberSchema,
  productDefinitionSchema,
  productSchema,
  type Genesis,
  type ProposalContent,
  type ProposalKind,
  type QueryRecord,
} from '@veilsum/protocol';
import { z } from 'zod';

import { freePorts } from '../e2e/free-ports.js';
import type { TestNetwork } from '../e2e/test-network.js';

const GATEWAY = 'gateway';
/** More than the real chain grows by while the forged one is used. */
const BLOCKS_AHEAD = 40;

/** Strips what the ledger adds to what its members wrote. */
const registrationOf = z.object(memberRegistrationSchema.shape);
const contributionOf = z.object(contributionRegistrationSchema.shape);
const definitionOf = z.object(productDefinitionSchema.shape);
const termsOf = z.object(consentTermsSchema.shape);

/**
 * A ledger that a dishonest gateway has made up for itself: the members, keys, consents and
 * contributions are those of the real chain, and what is asked on it the real chain never allowed. It has
 * every member's key, which no gateway has: nothing that it shows fails for want of a signature.
 */
export class ForgedLedger {
  private constructor(
    private readonly network: TestNetwork,
    readonly url: string,
    readonly genesisHash: string,
  ) {}

  /** @param forgotten - a member whose consents cover counts only on the forged ledger */
  static async forge(network: TestNetwork, forgotten: string): Promise<ForgedLedger> {
    const { operator } = network;
    const genesis = await genesisOf(network);
    const genesisFile = join(network.state.root, 'forged-genesis.json');
    await writeFile(genesisFile, JSON.stringify(genesis));
    const [port] = await freePorts();
    await network.startService({
      name: 'forged-ledger',
      program: '@veilsum/ledger/embedded',
      config: { folder: join(network.state.root, 'forged-ledger'), genesisFile, port },
    });
    const { hash } = createGenesisBlock(genesis).block;
    const forged = new ForgedLedger(network, `http://127.0.0.1:${port}`, hash);
    await forged.#copyConsortium(operator.ledger);
    await forged.#copyContributions(operator.ledger, forgotten);
    return forged;
  }

  /** The ledger as one of its members uses it. */
  async as<Answer>(memberId: string, use: (ledger: Ledger) => Promise<Answer>): Promise<Answer> {
    const { url, genesisHash } = this;
    const { signer } = (await this.network.session(memberId)).identity;
    const ledger = await connectLedger({ kind: 'embedded', url, genesisHash, signer });
    try {
      return await use(ledger);
    } finally {
      await ledger.close();
    }
  }

  /** What a request of the analyst becomes here. */
  async ask(request: object): Promise<QueryRecord> {
    const commit = await this.as('analyst', (ledger) =>
      tellLedger(ledger, 'query:request', request),
    );
    return commit.result as unknown as QueryRecord;
  }

  /**
   * Makes it longer than the real chain and keeps it so for a while: a gateway answers nobody who has seen
   * more blocks than it, and then no keyholder would look at what it shows.
   */
  async outgrow(real: Ledger): Promise<void> {
    const wanted = (await real.height()) + BLOCKS_AHEAD;
    await this.as('analyst', async (ledger) => {
      while ((await ledger.height()) < wanted) {
        const transferId = randomBytes(16).toString('hex');
        const transfer = { kind: 'deposit', amount: '1', reference: 'padding' };
        const format = 'veilsum-transfer/1';
        await tellLedger(ledger, 'account:proposeTransfer', { format, transferId, ...transfer });
      }
    });
  }

  async #copyConsortium(real: Ledger): Promise<void> {
    const consortium = await askLedger(real, 'consortium:read', {}, consortiumSchema);
    const members = await askLedger(real, 'member:list', {}, z.array(memberSchema));
    const key = await askLedger(real, 'committee:active', {}, committeeKeySchema);
    const products = await askLedger(real, 'product:list', {}, z.array(productSchema));
    const registrations = members.map((member) => registrationOf.parse(member));
    const operator = registrations.find(({ memberId }) => memberId === 'operator');
    const others = registrations.filter((member) => member !== operator);
    await this.as('operator', (ledger) =>
      tellLedger(ledger, 'consortium:initialize', { consortium, operator, members: others }),
    );
    const { record, keyholders } = key;
    const format = 'veilsum-committee-key/1';
    await this.#adopt('committeeKey', { format, record, keyholders });
    for (const product of products) await this.#adopt('standard', definitionOf.parse(product));
    await this.#fund();
  }

  async #adopt<Kind extends ProposalKind>(
    kind: Kind,
    content: ProposalContent<Kind>,
  ): Promise<void> {
    const change = { kind, content, reason: 'Copied.' };
    const proposal = await this.as('operator', (ledger) => submitProposal(ledger, change));
    await this.as('keyholder-2', (ledger) => approveProposal(ledger, proposal));
  }

  async #fund(): Promise<void> {
    const transferId = 'f0'.repeat(16);
    const deposit = { kind: 'deposit', amount: '1000000', reference: 'forged' };
    await this.as('analyst', (ledger) =>
      tellLedger(ledger, 'account:proposeTransfer', {
        format: 'veilsum-transfer/1',
        transferId,
        ...deposit,
      }),
    );
    await this.as('operator', (ledger) =>
      tellLedger(ledger, 'account:confirmTransfer', { transferId }),
    );
  }

  async #copyContributions(real: Ledger, forgotten: string): Promise<void> {
    const consents = await askLedger(real, 'consent:list', {}, z.array(consentSchema));
    const contributions = await askLedger(
      real,
      'contribution:list',
      {},
      z.array(contributionSchema),
    );
    for (const contribution of contributions) {
      const { contributorId, contributionId, contentHash, consentId } = contribution;
      const consent = consents.find((known) => known.consentId === consentId);
      await this.as(contributorId, async (ledger) => {
        const terms = termsOf.parse(consent);
        const functions = contributorId === forgotten ? ['count'] : terms.functions;
        await tellLedger(ledger, 'consent:grant', { ...terms, functions });
        await tellLedger(ledger, 'contribution:register', contributionOf.parse(contribution));
      });
      await this.as(GATEWAY, (ledger) =>
        tellLedger(ledger, 'contribution:markStored', { contributionId, contentHash }),
      );
    }
  }
}

/** Of the same authorities as the real chain, so that everyone's certificate counts. */
async function genesisOf({ plan, running, operator }: TestNetwork): Promise<Genesis> {
  const { network } = running;
  const organisations = 'profile' in network ? network.profile.organisations : [];
  return Promise.resolve(
    genesisSchema.parse({
      format: 'veilsum-genesis/1',
      channel: plan.channel,
      createdAt: Date.now(),
      msps: organisations.map(({ mspId, rootCertificates }) => ({ mspId, rootCertificates })),
      founderFingerprint: operator.identity.fingerprint,
    }),
  );
}
