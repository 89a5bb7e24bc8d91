/** The rooms and who may enter which (docs/architecture.md). */
const forbid = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });
module.exports = {
  forbidden: [
    forbid('no-circular', {}, { circular: true }, 'A cycle hides which room depends on which.'),
    forbid(
      'crypto-imports-no-sibling',
      { path: '^crypto/' },
      { path: '^(chaincode|gateway|network)/' },
      'crypto is pure mathematics.',
    ),
    forbid(
      'protocol-imports-only-crypto',
      { path: '^gateway/protocol/' },
      { path: '^(chaincode|network|gateway/(?!protocol))' },
      'Formats hold no logic.',
    ),
    forbid(
      'rules-are-pure',
      { path: '^chaincode/rules/src/', pathNot: '\\.test\\.ts$' },
      { path: '(fabric-|^gateway/(?!protocol)|^chaincode/contracts)' },
      'Rules never see Fabric.',
    ),
    forbid(
      'contracts-import-rules-and-formats',
      { path: '^chaincode/contracts/src/', pathNot: '\\.test\\.ts$' },
      { path: '^gateway/(?!protocol)' },
      'Contracts run inside a peer.',
    ),
    forbid(
      'nobody-imports-keyholder',
      { path: '^(crypto|chaincode|gateway/(?!keyholder))' },
      { path: '^gateway/keyholder/' },
      'Key shares live in the keyholder process only.',
    ),
    forbid(
      'the-watcher-stands-alone',
      { path: '^gateway/watcher/' },
      { path: '^gateway/(server|keyholder)/' },
      'Whoever watches a gateway shares no code with it.',
    ),
    forbid(
      'server-never-reads-records',
      { path: '^gateway/(server|keyholder|watcher)/' },
      { path: '^gateway/client/' },
      'Only the client sees raw records.',
    ),
    forbid(
      'only-the-fabric-adapter-imports-the-fabric-client',
      { pathNot: '^gateway/ledger/src/fabric/' },
      { path: '@hyperledger/fabric-gateway' },
      'Fabric types do not leak.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
};
