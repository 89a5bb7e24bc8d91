export * from './contribution-weight.js';
export * from './cost-compensation.js';
export * from './reward-scheme-rules.js';
export * from './subsidy.js';
