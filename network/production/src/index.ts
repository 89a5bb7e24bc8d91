export type { Finding } from './finding.js';
export { validateManifests } from './validation.js';
