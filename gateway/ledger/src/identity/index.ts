export { atRestUnder, type AtRest } from './at-rest.js';
export { decodePem, encodePem, fingerprintOf } from './certificate.js';
export {
  CertificateAuthority,
  type AuthorityFolder,
  type EnrolmentOptions,
  type ExistingAuthority,
  type Validity,
} from './certificate-authority.js';
export { generateEnrolmentKey, type EnrolmentKey } from './enrolment-key.js';
export { FileSigner } from './file-signer.js';
export {
  createGatewayToken,
  verifyGatewayToken,
  type TokenBearer,
  type TokenCheck,
  type TokenOptions,
} from './gateway-token.js';
export {
  adoptRenewal,
  createMemberIdentity,
  openMemberIdentity,
  renewMemberIdentity,
  type MemberIdentity,
  type NewIdentityOptions,
} from './member-identity.js';
export { RemoteSigner, type RemoteSignerOptions } from './remote-signer.js';
export { TrustedAuthorities, type TrustedCertificate } from './trusted-authorities.js';
export { makePrivateFolder, readStateFile, writePrivateFile } from './private-file.js';
