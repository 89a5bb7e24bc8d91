import { describeNetworkCrashes } from './crash-checks.js';

describeNetworkCrashes(50);
