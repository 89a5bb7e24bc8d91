export { bringUp, upgrade, type NetworkOptions } from './bring-up.js';
export { revokeCertificate } from './certificate-revocation.js';
export { fabricPrograms, requireFabricPrograms, type FabricPrograms } from './fabric-programs.js';
export { takenPorts } from './free-ports.js';
export { NetworkFolder } from './network-folder.js';
export {
  chainHeights,
  crashProcess,
  deleteNetwork,
  leadingOrderer,
  listProcesses,
  startProcess,
  takeDown,
  type ProcessState,
} from './network-state.js';
export { addOrganisation } from './organisation-joining.js';
export { StepLog } from './step-log.js';
