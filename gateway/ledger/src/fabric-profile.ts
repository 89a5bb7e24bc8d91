import { mspIdSchema } from '@veilsum/protocol';
import { z } from 'zod';

/** `host:port`. TLS checks the node's name, not this. */
const addressSchema = z
  .string()
  .regex(/^[A-Za-z0-9.-]{1,253}:[0-9]{1,5}$/, 'an address like peer0.example.org:7051');

/** One process of Fabric and how to know that it is the right one. */
const nodeSchema = z.strictObject({
  name: z.string().min(1).max(253),
  address: addressSchema,
  /** Name that the node's TLS certificate has to carry, whatever the address says. */
  tlsServerName: z.string().min(1).max(253),
  /** PEM text of the authority that issued the node's TLS certificate. */
  tlsRootCertificate: z.string().includes('-----BEGIN CERTIFICATE-----'),
});

/**
 * What a member must know of a Fabric network to use it (docs/fabric.md). It holds no secrets, but
 * whoever changes it chooses whom the member believes: keep it like the member's own configuration.
 */
export const fabricProfileSchema = z.strictObject({
  format: z.literal('veilsum-fabric-profile/1'),
  channel: z.string().regex(/^[a-z][a-z0-9.-]{0,248}$/),
  chaincode: z.string().regex(/^[A-Za-z0-9]+([-_][A-Za-z0-9]+)*$/),
  /**
   * Fabric's hash of the channel's genesis block, by which the member knows the channel: SHA-256 of the
   * ASN.1 header {number, previousHash, dataHash}, hex.
   */
  genesisHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Organisation that alone may found the consortium, as its chaincode servers are configured. */
  founderMspId: mspIdSchema.optional(),
  organisations: z
    .array(
      z.strictObject({
        mspId: mspIdSchema,
        name: z.string().min(1).max(120),
        /** Authorities that issue enrolment certificates, each base64 of DER. */
        rootCertificates: z.array(z.base64()).min(1),
        peers: z.array(nodeSchema),
      }),
    )
    .min(1),
  orderers: z.array(nodeSchema.extend({ mspId: mspIdSchema })),
});

/** See {@link fabricProfileSchema}. */
export type FabricProfile = z.infer<typeof fabricProfileSchema>;

/** One peer of a {@link FabricProfile}. */
export type FabricPeer = FabricProfile['organisations'][number]['peers'][number];
