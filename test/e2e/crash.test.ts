import { describeNetworkCrashes } from '../crash/crash-checks.js';

describeNetworkCrashes(5);
