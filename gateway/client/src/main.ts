#!/usr/bin/env node
import { createRequire } from 'node:module';
import { addAccountCommands } from './command/account-commands.js';
import { addAuditCommands } from './command/audit-commands.js';
import { createProgram } from './command/command.js';
import { addCommitteeCommands } from './command/committee-commands.js';
import { addConsentCommands } from './command/consent-commands.js';
import { addContributeCommand } from './command/contribute-command.js';
import { addContributionCommands } from './command/contribution-commands.js';
import { addDoctorCommand } from './command/doctor-command.js';
import { addLedgerCommands } from './command/ledger-commands.js';
import { addMemberCommands } from './command/member-commands.js';
import { addNetworkCommands } from './command/network-commands.js';
import { addProductCommands } from './command/product-commands.js';
import { addQueryCommands } from './command/query-commands.js';
import { addSettlementCommands } from './command/settlement-commands.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
const program = createProgram(version);
for (const add of [
  addNetworkCommands,
  addLedgerCommands,
  addMemberCommands,
  addProductCommands,
  addCommitteeCommands,
  addConsentCommands,
  addContributeCommand,
  addContributionCommands,
  addQueryCommands,
  addAccountCommands,
  addSettlementCommands,
  addAuditCommands,
  addDoctorCommand,
]) {
  add(program);
}
await program.parseAsync();
