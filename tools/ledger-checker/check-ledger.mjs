/**
 * Checks an exported embedded ledger with nothing but Node and this folder: it shares no code with the
 * contracts, the ledger or `veilsum audit`, so that a mistake in those is not repeated here. What it checks,
 * and what it cannot see, is in docs/audit.md.
 *
 *   node tools/ledger-checker/check-ledger.mjs LEDGER [--genesis HASH] [--json]
 *
 * Exit status: 0 everything holds, 1 something does not, 2 the file cannot be read.
 */
import { parseArgs } from 'node:util';
import { BlockChain } from './block-chain.mjs';
import { consentChecks } from './checks/consents.mjs';
import { moneyChecks } from './checks/money.mjs';
import { queryChecks } from './checks/queries.mjs';
import { ruleChecks } from './checks/rules.mjs';
import { canonical, isCanonical } from './canonical-json.mjs';
import { readBlocks } from './ledger-file.mjs';
import { Signatures } from './signatures.mjs';
import { expectedCode } from './versions.mjs';
import { splitKey, World } from './world.mjs';

/** Checks of the chain itself; those of the records bring their own names. */
const CHAIN_CHECKS = {
  'canonical form': 'Every block and every written value is canonical JSON.',
  'block hashes': 'Every block has the hash of its content and names that of the one before.',
  'transaction ids': 'No transaction is there twice.',
  signatures: 'Every transaction is signed with a certificate of its organisation, valid then.',
  signers: 'Every transaction was signed by a member who was active then.',
  versions: 'Every transaction is valid or refused as what it read says.',
};

async function check(path, genesisHash) {
  const findings = [];
  const checks = [...moneyChecks(), ...consentChecks(), ...queryChecks(), ...ruleChecks()];
  const chain = new BlockChain(genesisHash);
  const signatures = new Signatures();
  const world = new World();
  let place = { block: 0, transactionId: '' };
  const find = (name, sentences) =>
    findings.push(...sentences.map((sentence) => ({ check: name, ...place, sentence })));

  for await (const { text, block } of readBlocks(path)) {
    place = { block: block.number, transactionId: '' };
    if (!isCanonical(text)) find('canonical form', [`Block ${block.number} is written otherwise.`]);
    find('block hashes', chain.follow(block));
    signatures.found(block.genesis);
    for (const [index, transaction] of block.transactions.entries()) {
      place = {
        block: block.number,
        transactionId: transaction.envelope?.proposal?.transactionId ?? '',
      };
      find('transaction ids', chain.fresh(transaction));
      find('signatures', signatures.problems(transaction));
      const code = expectedCode(transaction.readWriteSet, world);
      if (code !== transaction.validationCode) {
        find('versions', [`It is ${transaction.validationCode}, and what it read says ${code}.`]);
      }
      if (transaction.validationCode !== 'VALID') continue;
      find('signers', signatures.memberProblems(transaction, world));
      const changed = readTransaction(transaction, { world, signatures, find });
      const after = () =>
        world.apply(transaction.readWriteSet.writes, { block: block.number, transaction: index });
      for (const { name, before } of checks) if (before) find(name, before(changed, world));
      after();
      for (const { name, after: look } of checks) if (look) find(name, look(changed, world));
    }
  }
  for (const { name, end } of checks) if (end) find(name, end(world));
  const names = {
    ...CHAIN_CHECKS,
    ...Object.fromEntries(checks.map(({ name, claim }) => [name, claim])),
  };
  return { ...chain.head, names, findings };
}

/** A valid transaction as the checks of the records read it. */
function readTransaction(transaction, { world, signatures, find }) {
  const { proposal } = transaction.envelope;
  const changes = transaction.readWriteSet.writes.map(({ key, value }) => {
    if (value !== null && !isCanonical(value))
      find('canonical form', [`A value is written otherwise.`]);
    const { type, parts } = splitKey(key);
    return {
      type,
      parts,
      value: value === null ? undefined : JSON.parse(value),
      before: world.get(type, ...parts),
    };
  });
  return {
    call: `${proposal.contract}:${proposal.transaction}`,
    transactionId: proposal.transactionId,
    now: proposal.timestampMs,
    mspId: proposal.mspId,
    memberId: signatures.memberOf(transaction, world),
    changes,
    of: (type) => changes.filter((change) => change.type === type),
  };
}

function report({ height, headHash, genesisHash, names, findings }, asJson) {
  const passed = findings.length === 0;
  if (asJson) {
    const checks = Object.entries(names).map(([check, claim]) => ({
      check,
      claim,
      passed: findings.every((finding) => finding.check !== check),
    }));
    console.log(canonical({ passed, height, headHash, genesisHash, checks, findings }));
    return passed;
  }
  for (const [name, claim] of Object.entries(names)) {
    const failed = findings.some((finding) => finding.check === name);
    console.log(`${failed ? 'FAIL' : 'ok  '} ${name}: ${claim}`);
  }
  for (const { check: name, block, transactionId, sentence } of findings) {
    console.log(
      `${name}, block ${block}, transaction ${transactionId || '(the block itself)'}: ${sentence}`,
    );
  }
  console.log(
    `${height} blocks from ${genesisHash} to ${headHash}: ${passed ? 'everything holds' : 'NOT in order'}.`,
  );
  return passed;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { genesis: { type: 'string' }, json: { type: 'boolean', default: false } },
});
const [path] = positionals;
if (path === undefined) {
  console.error('Name the file that "veilsum ledger export" wrote.');
  process.exitCode = 2;
} else {
  try {
    process.exitCode = report(await check(path, values.genesis), values.json) ? 0 : 1;
  } catch (error) {
    console.error(`${path} cannot be checked: ${error.message}`);
    process.exitCode = 2;
  }
}
