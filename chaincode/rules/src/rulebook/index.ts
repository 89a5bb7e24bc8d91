export * from './check-rulebook.js';
export * from './data-level.js';
export * from './negative-list.js';
export * from './query-review.js';
export * from './required-reviews.js';
export * from './use-rules.js';
export * from './version-in-force.js';
