import { fileURLToPath } from 'node:url';

/** One Jest configuration: every package is ESM, TypeScript is stripped by swc. */
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        target: 'es2023',
      },
      module: { type: 'es6' },
    },
  ],
};
const root = fileURLToPath(new URL('..', import.meta.url));
const extensions = { '^(\\.{1,2}/.*)\\.js$': '$1' };
const sources = {
  '^#platform/(.*)$': '<rootDir>/crypto/src/platform/node/$1.ts',
  '^@veilsum/crypto$': '<rootDir>/crypto/src/index.ts',
  '^@veilsum/protocol$': '<rootDir>/gateway/protocol/src/index.ts',
  '^@veilsum/protocol/container$': '<rootDir>/gateway/protocol/src/container/index.ts',
  '^@veilsum/rules$': '<rootDir>/chaincode/rules/src/index.ts',
  '^@veilsum/contracts$': '<rootDir>/chaincode/contracts/src/index.ts',
  '^@veilsum/chaincode-server$': '<rootDir>/chaincode/server/src/index.ts',
  '^@veilsum/ledger$': '<rootDir>/gateway/ledger/src/index.ts',
  '^@veilsum/ledger/service$': '<rootDir>/gateway/ledger/src/service/index.ts',
  '^@veilsum/ledger/embedded$': '<rootDir>/gateway/ledger/src/embedded/index.ts',
  '^@veilsum/local-network$': '<rootDir>/network/local/src/index.ts',
  '^@veilsum/server$': '<rootDir>/gateway/server/src/index.ts',
  '^@veilsum/keyholder$': '<rootDir>/gateway/keyholder/src/index.ts',
  '^@veilsum/watcher$': '<rootDir>/gateway/watcher/src/index.ts',
  '^@veilsum/client$': '<rootDir>/gateway/client/src/index.ts',
  ...extensions,
};
const project = (displayName, testMatch, extra = {}) => ({
  displayName,
  rootDir: root,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform,
  moduleNameMapper: sources,
  testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  // Mutation testing works on a copy of the sources there.
  modulePathIgnorePatterns: ['<rootDir>/coverage/'],
  ...extra,
});

export default {
  rootDir: root,
  projects: [
    project('unit', [
      'crypto/src/**/*.test.ts',
      'chaincode/*/src/**/*.test.ts',
      'gateway/*/src/**/*.test.ts',
      'network/*/src/**/*.test.ts',
    ]),
    project('vectors', ['test/vectors/**/*.test.ts']),
    project('simulation', ['test/simulation/**/*.test.ts']),
    // These use the packages as they are built, since their processes do.
    project('e2e', ['test/e2e/**/*.test.ts'], { moduleNameMapper: extensions }),
    project('fabric', ['test/fabric/**/*.test.ts'], { moduleNameMapper: extensions }),
    project('scenarios', ['test/scenarios/**/*.test.ts'], { moduleNameMapper: extensions }),
    project('crash', ['test/crash/**/*.test.ts'], { moduleNameMapper: extensions }),
  ],
  testTimeout: 240000,
  maxWorkers: 2,
};
