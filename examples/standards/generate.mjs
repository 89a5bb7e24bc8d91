/**
 * Writes the made-up data of the templates beside this file: the same bytes on every run. No line of it
 * comes from a real customer, firm or office. Two templates read real data of ../retail instead.
 *
 *   node examples/standards/generate.mjs [FOLDER]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.argv[2] ?? fileURLToPath(new URL('.', import.meta.url));
const FIRST_DAY = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const REGIONS = ['north', 'east', 'south', 'west'];

/** A small generator with a seed (mulberry32), so that everyone has the same made-up data. */
function randomSource(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  /** Mostly small, sometimes large: so that bounds have something to cut. */
  const skewed = (typical) => Math.round(typical * (0.4 + next()) * (next() < 0.04 ? 12 : 1));
  return { below, skewed, pick: (list) => list[below(list.length)], chance: (p) => next() < p };
}

const day = (number) => new Date(FIRST_DAY + number * DAY_MS).toISOString().slice(0, 10);
const money = (cents) => (cents / 100).toFixed(2);
const minute = (time) => new Date(time).toISOString().slice(0, 16).replace('T', ' ');

/** One entry for each file: its place, its head, its seed, and what makes one line. */
const files = [
  {
    file: 'platform/desensitised-preference/made-up-preference.csv',
    head: 'pseudonym,seen_on,category,price_third,views,orders',
    rows: 400,
    line: ({ below, skewed, pick, chance }) => [
      `made-up-customer-${below(120)}`,
      day(below(90)),
      pick(['groceries', 'household', 'electronics', 'clothing', 'leisure', 'pets']),
      1 + below(3),
      skewed(8),
      chance(0.3) ? 1 + below(3) : 0,
    ],
  },
  {
    file: 'platform/traffic/made-up-visits.csv',
    head: 'pseudonym,day,came_from,page_category,visits,orders',
    rows: 400,
    line: ({ below, skewed, pick, chance }) => [
      `made-up-visitor-${below(150)}`,
      day(below(90)),
      pick(['search', 'recommendation', 'campaign', 'direct', 'newsletter']),
      pick(['groceries', 'household', 'electronics', 'clothing', 'garden']),
      1 + skewed(3),
      chance(0.2) ? 1 : 0,
    ],
  },
  {
    file: 'merchant/inventory-turnover/made-up-stock.csv',
    head: 'article,month,category,sold_at_cost,average_stock_at_cost',
    rows: 300,
    line: ({ skewed }, row) => [
      `made-up-article-${Math.floor(row / 3)}`,
      `2026-0${1 + (row % 3)}`,
      ['grocery', 'fresh', 'household', 'clothing', 'books'][Math.floor(row / 3) % 5],
      money(skewed(60_000)),
      money(skewed(45_000)),
    ],
  },
  {
    file: 'merchant/demand-forecast/made-up-forecast.csv',
    head: 'article,region,category,week_start,expected,low,high',
    rows: 400,
    line: ({ below, skewed, pick }) => {
      const article = below(40);
      const expected = skewed(300);
      const half = Math.round(expected * (0.1 + below(30) / 100));
      return [
        `made-up-article-${article}`,
        pick(REGIONS),
        ['grocery', 'fresh', 'household', 'clothing', 'books'][article % 5],
        day(7 * below(13)),
        expected,
        expected - half,
        expected + half,
      ];
    },
  },
  {
    file: 'logistics/delivery-timeliness/made-up-scans.csv',
    head: 'receiver,region,warehouse_region,promised_at,delivered_at,status',
    rows: 500,
    line: ({ below, skewed, chance }) => {
      const receiver = below(160);
      const region = REGIONS[receiver % 4];
      const isAhead = chance(0.45);
      const promised = FIRST_DAY + below(90) * DAY_MS + (8 + below(10)) * 3_600_000;
      const late = skewed(isAhead ? 40 : 90) - (isAhead ? 55 : 60);
      return [
        `made-up-receiver-${receiver}`,
        region,
        isAhead ? region : 'central',
        minute(promised),
        minute(promised + late * 60_000 * (chance(0.02) ? 30 : 1)),
        chance(0.96) ? 'delivered' : 'returned',
      ];
    },
  },
  {
    file: 'logistics/storage-capacity/made-up-warehouses.csv',
    head: 'warehouse,region,zone,week_start,pallet_places,pallets',
    rows: 312,
    line: ({ below }, row) => {
      const warehouse = Math.floor(row / 39);
      const zone = ['dry', 'cool', 'deep-freeze'][row % 3];
      const places = warehouse === 5 && zone === 'dry' ? 26_000 : 900 * (warehouse + 1);
      return [
        `made-up-warehouse-${warehouse}`,
        REGIONS[warehouse % 4],
        zone,
        day(7 * (Math.floor(row / 3) % 13)),
        places,
        Math.floor((places * (45 + below(50))) / 100),
      ];
    },
  },
  {
    file: 'finance/repayment-bands/made-up-loans.csv',
    head: 'borrower,sector,month_end,days_late,owed',
    rows: 360,
    line: ({ below, skewed, chance }, row) => [
      `made-up-borrower-${Math.floor(row / 3)}`,
      ['retail', 'food', 'logistics', 'manufacturing', 'crafts'][Math.floor(row / 3) % 5],
      ['2026-01-31', '2026-02-28', '2026-03-31'][row % 3],
      chance(0.75) ? 0 : below(140),
      money(skewed(9_000_000)),
    ],
  },
  {
    file: 'regulator/inspection-counts/made-up-inspections.csv',
    head: 'inspection,made_on,district,minor_findings,major_findings',
    rows: 260,
    line: ({ below, skewed, pick, chance }, row) => [
      `made-up-inspection-${row}`,
      day(below(90)),
      pick(['harbour', 'old-town', 'riverside', 'station', 'airport']),
      chance(0.5) ? skewed(3) : 0,
      chance(0.12) ? 1 + below(3) : 0,
    ],
  },
];

files.forEach(({ file, head, rows, line }, index) => {
  const random = randomSource(4000 + index);
  const lines = Array.from({ length: rows }, (_unused, row) => line(random, row).join(','));
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${[head, ...lines].join('\n')}\n`);
});
console.log(`${files.length} files of made-up data written under ${root}`);
