import type { ProductDefinition, Role } from '@veilsum/protocol';

/** Roles that have data to contribute (docs/ledger.md, Members). */
const contributingRoles: readonly Role[] = [
  'platform',
  'merchant',
  'logistics',
  'finance',
  'regulator',
];

/** What in a product is named twice, missing or at odds with itself, a sentence each. */
export function structureFaults(product: ProductDefinition): string[] {
  return [
    ...repeatedNameFaults(product),
    ...dimensionFaults(product),
    ...measureFaults(product),
    ...roleFaults(product),
    ...audienceFaults(product),
    ...hintFaults(product),
    ...cohortFaults(product),
  ];
}

/** The first value that occurs twice. */
export function firstRepeated(values: readonly string[]): string | undefined {
  return values.find((value, position) => values.indexOf(value) !== position);
}

function repeatedNameFaults(product: ProductDefinition): string[] {
  const lists: Record<string, readonly string[]> = {
    dimensions: product.dimensions.map(({ name }) => name),
    measures: product.measures.map(({ name }) => name),
    planes: product.planes.map(({ name }) => name),
    functions: product.functions,
    purposes: product.purposes,
    tags: product.tags,
    contributorRoles: product.contributorRoles,
  };
  return Object.entries(lists).flatMap(([field, values]) => {
    const repeated = firstRepeated(values);
    return repeated === undefined ? [] : [`The field ${field} has ${repeated} twice.`];
  });
}

function dimensionFaults({ dimensions }: ProductDefinition): string[] {
  return dimensions.flatMap(({ name, values, other }) => {
    const repeated = firstRepeated(values);
    return [
      ...(repeated === undefined ? [] : [`The dimension ${name} has the value ${repeated} twice.`]),
      ...(other === undefined || values.includes(other)
        ? []
        : [`The dimension ${name} has no value ${other}, which shall take everything else.`]),
    ];
  });
}

function measureFaults({ measures }: ProductDefinition): string[] {
  return measures.flatMap(({ name, lower, upper }) => {
    if (name.includes(',')) return [`The measure ${name} has a comma in its name.`];
    if ((lower === undefined) !== (upper === undefined)) {
      return [`The measure ${name} has one bound; it takes both or none.`];
    }
    if (lower === undefined || upper === undefined) return [];
    if (BigInt(lower) > BigInt(upper)) return [`The bounds of the measure ${name} are crossed.`];
    return lower === '0' && upper === '0' ? [`The bounds of the measure ${name} are both 0.`] : [];
  });
}

function roleFaults({ contributorRoles }: ProductDefinition): string[] {
  return contributorRoles
    .filter((role) => !contributingRoles.includes(role))
    .map((role) => `The role ${role} has no data to contribute.`);
}

function audienceFaults({ audience }: ProductDefinition): string[] {
  if (audience === undefined) return [];
  const { roles, members } = audience;
  if (roles.length === 0 && members.length === 0) {
    return [
      'The field audience names nobody; name roles or members, or leave it out for everyone.',
    ];
  }
  return [roles, members].flatMap((list) => {
    const repeated = firstRepeated(list);
    return repeated === undefined ? [] : [`The field audience has ${repeated} twice.`];
  });
}

function hintFaults(product: ProductDefinition): string[] {
  const known = new Set([
    ...product.dimensions.map(({ name }) => name),
    ...product.measures.map(({ name }) => name),
    product.lanes.name,
    product.privacyUnit.name,
  ]);
  return Object.keys(product.mappingHints)
    .filter((name) => !known.has(name))
    .map((name) => `The hint ${name} names no dimension, measure, lane or privacy unit.`);
}

function cohortFaults({ minCohort, maxContributors }: ProductDefinition): string[] {
  return minCohort > maxContributors
    ? [`The field minCohort is ${minCohort}, more than maxContributors ${maxContributors}.`]
    : [];
}
