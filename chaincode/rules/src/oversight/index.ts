export * from './commitment-rules.js';
export * from './question-rules.js';
