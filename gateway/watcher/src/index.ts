export { thresholdsSchema } from './thresholds.js';
