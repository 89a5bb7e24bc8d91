export * from './product/epoch-period.js';
export * from './product/plane-bounds.js';
export * from './product/product-cells.js';
export * from './product/product-layout.js';
export * from './verdict.js';
export * from './account/postings.js';
export * from './account/transfer-rules.js';
