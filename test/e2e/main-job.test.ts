import { checkMainJob } from './main-job-checks.js';
import { freePortBase } from './free-ports.js';

/** On either ledger, as in every test of whole networks. */
const choices =
  process.env['VEILSUM_LEDGER'] === 'fabric'
    ? ['--ledger', 'fabric', '--fabric-port-base', String(await freePortBase())]
    : [];

checkMainJob(choices);
