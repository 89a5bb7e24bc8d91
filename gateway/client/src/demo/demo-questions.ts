import type { Question } from '../query/query-run.js';

const EPOCH = '2017-Q1';
const PURPOSE = 'CommercialResearch';
/** The analyst's limit for each question, in minor units. */
const MAXIMUM_PRICE = '50000';

const common = {
  epoch: EPOCH as Question['epoch'],
  productVersion: 1,
  where: {},
  maximumPrice: MAXIMUM_PRICE,
} as const;

/** Sales of every department and week, exact, of those who allow that. */
export const exactSales: Question = {
  ...common,
  productId: 'weekly-sales' as Question['productId'],
  purpose: PURPOSE,
  function: 'sum',
  measures: ['sales'],
  groupBy: ['department'],
  span: 'lane',
  release: 'exact',
  epsilonMicro: 0,
};

/** Household visits of every group and week, with noise at ε = 1. */
export const noisyVisits: Question = {
  ...common,
  productId: 'weekly-baskets' as Question['productId'],
  purpose: PURPOSE,
  function: 'count',
  measures: [],
  groupBy: ['group'],
  span: 'lane',
  release: 'noisy',
  epsilonMicro: 1_000_000,
};

/** Sales of every group over the whole quarter, with noise at ε = 1. */
export const noisySales: Question = {
  ...noisyVisits,
  function: 'sum',
  measures: ['sales'],
  span: 'epoch',
};

/** Exact sales for marketing at a price that is too low: several rules say no. */
export const refusedSales: Question = {
  ...exactSales,
  purpose: 'Marketing',
  maximumPrice: '1',
};
