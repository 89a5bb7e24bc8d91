export * from './agreement-rules.js';
export * from './agreement-settlement.js';
export * from './exact-fraction.js';
export * from './goal-rules.js';
export * from './opened-groups.js';
export * from './publication-rules.js';
export * from './statistic-rules.js';
