export { CONTAINER_BATCH_ROWS_MAX, rowCountOf, type ContainerShape } from './format.js';
export { ContainerReader, type ContainerBatch } from './reader.js';
export {
  writeContainer,
  type ContainerProof,
  type ContainerSource,
  type WrittenContainer,
} from './writer.js';
export { verifyContainer, type ContainerExpectation } from './verification.js';
