export { bringUp, upgrade, type NetworkOptions } from './bring-up.js';
export { fabricPrograms, requireFabricPrograms, type FabricPrograms } from './fabric-programs.js';
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
export { StepLog } from './step-log.js';
