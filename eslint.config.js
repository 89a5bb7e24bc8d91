import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';

/** Size limits of the house style; a file that must exceed one says why at its top and turns the rule off there. */
const sizes = {
  complexity: ['error', 10],
  'max-params': ['error', 4],
  'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
};

/** What ledger code may not touch: every peer must compute the same bytes. */
const deterministic = {
  'no-restricted-globals': [
    'error',
    { name: 'Date', message: 'Ledger time is getTxTimestamp.' },
    { name: 'Intl', message: 'Locale differs between peers.' },
    { name: 'setTimeout', message: 'No timers in ledger code.' },
    { name: 'fetch', message: 'No network in ledger code.' },
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'Peers must agree.' },
    { property: 'toLocaleString', message: 'Locale differs between peers.' },
    { property: 'localeCompare', message: 'Compare by code unit.' },
  ],
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'coverage/**', '.veilsum/**'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: [] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { jsdoc },
    rules: {
      ...sizes,
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/dot-notation': 'off',
      'jsdoc/require-jsdoc': [
        'error',
        { publicOnly: true, require: { FunctionDeclaration: true, ClassDeclaration: true } },
      ],
    },
  },
  {
    files: ['chaincode/{rules,contracts}/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: deterministic,
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    ignores: ['test/bench/**'],
    languageOptions: {
      parserOptions: {
        projectService: false,
        project: ['test/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 600, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
      'no-console': 'off',
      'jsdoc/require-jsdoc': 'off',
    },
  },
);
