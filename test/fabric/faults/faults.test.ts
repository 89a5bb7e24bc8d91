import { describeFaults } from './fault-checks.js';

describeFaults(1);
