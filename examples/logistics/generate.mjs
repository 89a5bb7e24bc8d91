/**
 * Writes made-up parcel deliveries of six invented carriers, a file for each: the same bytes on every
 * run. No line of it comes from a real carrier, parcel or person.
 *
 *   node examples/logistics/generate.mjs FOLDER
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error(
    'Say where the made-up files shall go: node examples/logistics/generate.mjs FOLDER',
  );
  process.exit(1);
}

const YEAR = 2025;
const DAY_MS = 86_400_000;
const REGIONS = ['north', 'east', 'south', 'west', 'islands'];
const SERVICES = ['express', 'standard', 'standard', 'standard', 'freight', 'same-day'];
const TYPICAL_DELAY = { express: -20, standard: 35, freight: 90, 'same-day': 5 };

/** Carriers differ in size, in how late they are, and in where they drive. */
const CARRIERS = [
  { id: 'carrier-anker', parcels: 6000, drift: 0, regions: REGIONS },
  { id: 'carrier-birke', parcels: 4500, drift: 25, regions: REGIONS },
  { id: 'carrier-cedar', parcels: 5200, drift: -10, regions: REGIONS },
  { id: 'carrier-dohle', parcels: 3800, drift: 40, regions: REGIONS.slice(0, 4) },
  { id: 'carrier-esche', parcels: 4100, drift: 5, regions: REGIONS },
  { id: 'carrier-falke', parcels: 2900, drift: 60, regions: REGIONS.slice(0, 3) },
];

/** A small generator with a seed (mulberry32), so that everyone has the same made-up data. */
function randomSource(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function parcelsOf(carrier, index) {
  const random = randomSource(1000 + index);
  const pick = (list) => list[Math.floor(random() * list.length)];
  return Array.from({ length: carrier.parcels }, () => {
    const service = pick(SERVICES);
    const promised = Date.UTC(YEAR, 0, 1, 8) + Math.floor(random() * 364) * DAY_MS;
    const spread = (random() + random() + random() - 1.5) * 240;
    const minutesLate = Math.round(TYPICAL_DELAY[service] + carrier.drift + spread);
    return {
      region: pick(carrier.regions),
      service,
      receiver: `made-up-${index}-${Math.floor(random() * 1500)}`,
      promised,
      minutesLate,
      delivered: promised + minutesLate * 60_000,
      grams: 100 + Math.floor(random() * (service === 'freight' ? 80_000 : 9_000)),
      returned: random() < 0.03,
    };
  });
}

const minute = (time) => new Date(time).toISOString().slice(0, 16).replace('T', ' ');

function scans(parcels) {
  const lines = parcels.map((parcel) =>
    [
      parcel.receiver,
      parcel.region.toUpperCase(),
      parcel.service,
      minute(parcel.promised),
      minute(parcel.delivered),
      (parcel.grams / 1000).toFixed(3),
      parcel.returned ? 'returned' : 'delivered',
    ].join(','),
  );
  const head = 'receiver,region,service,promised_at,delivered_at,weight_kg,status';
  return `${[head, ...lines].join('\n')}\n`;
}

function tourLog(parcels) {
  const products = { express: 'X', standard: 'N', freight: 'F', 'same-day': 'Z' };
  const lines = parcels.map((parcel) =>
    [
      minute(parcel.delivered).slice(0, 10),
      `${parcel.region[0].toUpperCase()}${1 + (parcel.grams % 4)}`,
      products[parcel.service],
      parcel.receiver,
      parcel.minutesLate,
      parcel.grams,
      parcel.returned ? 'N' : 'Y',
    ].join('\t'),
  );
  const head = ['day', 'depot', 'product', 'customer', 'minutes_late', 'grams', 'ok'].join('\t');
  return `${[head, ...lines].join('\n')}\n`;
}

mkdirSync(folder, { recursive: true });
CARRIERS.forEach((carrier, index) => {
  const parcels = parcelsOf(carrier, index);
  const keepsTourLog = carrier.id === 'carrier-falke';
  const file = join(folder, `${carrier.id}.${keepsTourLog ? 'tsv' : 'csv'}`);
  writeFileSync(file, keepsTourLog ? tourLog(parcels) : scans(parcels));
  console.log(`${file}: ${carrier.parcels} made-up parcels`);
});
