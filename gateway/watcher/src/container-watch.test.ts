import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalBytes } from '@veilsum/crypto';
import { contributionSchema } from '@veilsum/protocol';
import { refusalOf } from '../../../test/fakes/attempt-facts.js';
import { GatewayNetwork } from '../../../test/fakes/gateway/gateway-network.js';
import {
  registerContainer,
  type SampleContainer,
} from '../../../test/fakes/gateway/sample-containers.js';
import { sampleAlert } from '../../../test/fakes/watcher/sample-alert.js';
import { samplePicture, watchedQuery } from '../../../test/fakes/watcher/sample-picture.js';
import { ContainerWatch } from './container-watch.js';
import { containerMender } from './mending/container-mending.js';
import type { LedgerPicture } from './picture/ledger-picture.js';

const EVERY_MS = 1000;
let network: GatewayNetwork;
let container: SampleContainer;
let picture: LedgerPicture;
let watch: ContainerWatch;
let folder: string;

const headers = async () => ({ authorization: `Bearer ${await network.token('merchant-1')}` });
const stored = () =>
  join(network.objectsFolder, 'containers', `${container.registration.contributionId}.arrow`);
const mender = (memberId = 'merchant-1', gatewayUrl = network.gateway.url) =>
  containerMender({
    memberId,
    gatewayUrl,
    headers,
    contributionsFolder: join(network.folder, 'contributions'),
  });
const alert = () =>
  sampleAlert({
    kind: 'container-damaged',
    subject: `member:merchant-1/contribution:${container.registration.contributionId}`,
  });

beforeAll(async () => {
  network = await GatewayNetwork.found();
  container = await registerContainer(network, 'merchant-1', 5n);
  const { contributionId } = container.registration;
  folder = join(network.folder, 'contributions', contributionId);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'registration.json'), canonicalBytes(container.registration));
  await writeFile(join(folder, 'container.arrow'), container.bytes);
});
afterAll(async () => {
  await network.close();
});

describe("a contributor's own container", () => {
  it('is sent again when it did not arrive', async () => {
    expect(await mender()(alert())).toMatch(/^Sent the container .* and the gateway stored it\.$/);
    const record = await network.read('contribution:read', {
      contributionId: container.registration.contributionId,
    });
    const contribution = contributionSchema.parse(record);
    expect(contribution.status).toBe('stored');
    picture = samplePicture(0, { contributions: [contribution] });
  });

  it('is intact, and then not read back before its time', async () => {
    const options = { memberId: 'merchant-1', gatewayUrl: network.gateway.url, headers };
    watch = new ContainerWatch({ ...options, everyMs: EVERY_MS });
    expect(await watch.look(picture, 0)).toEqual([]);
    await rm(stored());
    expect(await watch.look(picture, EVERY_MS - 1)).toEqual([]);
  });

  it('is missed when it is gone, and its return is seen', async () => {
    const [finding] = await watch.look(picture, EVERY_MS);
    expect(finding).toMatchObject({ kind: 'container-damaged', subject: alert().subject });
    expect(finding?.sentence).toContain('does not have');
    await mender()(alert());
    expect(await watch.look(picture, EVERY_MS + 1)).toEqual([]);
  });

  it('is read back at once when a keyholder refused a container of its cohort', async () => {
    const bytes = await readFile(stored());
    bytes.writeUInt8(bytes.readUInt8(99) ^ 1, 99);
    await writeFile(stored(), bytes);
    const query = watchedQuery();
    const { plan } = query.record;
    const [attempt] = query.attempts;
    if (plan === undefined || attempt === undefined) throw new Error('unreachable');
    const refused = (code: string, cohort: readonly string[]): LedgerPicture => ({
      ...picture,
      queries: [
        {
          ...query,
          record: { ...query.record, plan: { ...plan, cohort: cohort as typeof plan.cohort } },
          attempts: [{ ...attempt, refusals: [{ ...refusalOf(1), code, at: EVERY_MS + 2 }] }],
        },
      ],
    });
    const own = [container.registration.contributionId];
    const now = EVERY_MS + 3;
    expect(await watch.look(refused('CONSENT_WITHDRAWN', own), now)).toEqual([]);
    expect(await watch.look(refused('CONTAINER_HASH', ['0'.repeat(32)]), now)).toEqual([]);
    const [finding] = await watch.look(refused('CONTAINER_HASH', own), now);
    expect(finding?.sentence).toContain('gives back other bytes');
    await mender()(alert());
    expect(await watch.look(picture, now + 1)).toEqual([]);
  });

  it('is not judged while the gateway gives no answer', async () => {
    const options = { memberId: 'merchant-1', gatewayUrl: 'http://127.0.0.1:1', headers };
    const blind = new ContainerWatch({ ...options, everyMs: 0 });
    expect(await blind.look(picture, 0)).toEqual([]);
    await expect(mender('merchant-1', 'http://127.0.0.1:1')(alert())).rejects.toMatchObject({
      code: 'GATEWAY_UNAVAILABLE',
    });
  });

  it("is nobody else's to send, or from a machine that does not have it", async () => {
    expect(await mender('merchant-2')(alert())).toBeUndefined();
    const unknown = sampleAlert({ subject: `member:merchant-1/contribution:${'0'.repeat(32)}` });
    expect(await mender()(unknown)).toBeUndefined();
    const escaping = sampleAlert({ subject: 'member:merchant-1/contribution:..' });
    expect(await mender()(escaping)).toBeUndefined();
  });

  it('is not sent when the file here is not the registered one', async () => {
    await writeFile(join(folder, 'container.arrow'), 'other bytes');
    await expect(mender()(alert())).rejects.toMatchObject({ code: 'CONTAINER_HASH' });
  });
});
