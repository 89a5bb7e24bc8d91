import { checkMainJob } from '../e2e/main-job-checks.js';
import { fabricChoices, fabricSuite } from './fabric-suite.js';

const choices = await fabricChoices();

fabricSuite('the main job on Fabric, with orderers of which one may lie', () => {
  checkMainJob([...choices, '--consensus', 'bft']);
});
