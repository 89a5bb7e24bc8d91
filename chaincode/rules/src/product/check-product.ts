import { ParameterError } from '@veilsum/crypto';
import type { ProductDefinition, RuleOutcome, Verdict } from '@veilsum/protocol';
import { failed, passed, verdictOf, type RuleName } from '../verdict.js';
import { unansweredFunctions } from './answerable-functions.js';
import { planeFaults } from './plane-consistency.js';
import { layoutForProduct, type LayoutKey } from './product-layout.js';
import { productCellCount } from './product-cells.js';
import { structureFaults } from './product-structure.js';

/** The default key of docs/protocol.md §1 with the largest committee, for when no key is known yet. */
export const STANDARD_LAYOUT_KEY: LayoutKey = { modulusBits: 3072, l: 16 };

/** A contribution has a row for each cell and block, so this bounds its size. */
const CELLS_MAX = 1_000_000;

/**
 * Whether a product can be published: nothing in it contradicts itself, and contributors can encrypt
 * what it asks for (docs/protocol.md §4 and §5, docs/ledger.md, Standards).
 * @param key the committee key that contributions will be encrypted under
 */
export function checkProduct(
  product: ProductDefinition,
  key: LayoutKey = STANDARD_LAYOUT_KEY,
): Verdict {
  const structure = faultOutcome('product-structure', structureFaults(product));
  if (!structure.passed) return verdictOf([classificationOutcome(product), structure]);
  return verdictOf([
    classificationOutcome(product),
    structure,
    faultOutcome('product-planes', planeFaults(product)),
    cellsOutcome(product),
    layoutOutcome(product, key),
    faultOutcome('product-functions', unansweredFunctions(product)),
  ]);
}

function classificationOutcome({ classification }: ProductDefinition): RuleOutcome {
  const name: RuleName = { rule: 'product-classification', version: 1 };
  return classification === 'core'
    ? failed(
        name,
        { code: 'CLASSIFICATION_CORE', sentence: 'Core data cannot be shared at all.' },
        { classification },
      )
    : passed(name, 'The classification lets data be shared.', { classification });
}

function cellsOutcome(product: ProductDefinition): RuleOutcome {
  const cells = productCellCount(product);
  return faultOutcome(
    'product-cells',
    cells > CELLS_MAX
      ? [`The dimensions have ${cells} cells; at most ${CELLS_MAX} are taken.`]
      : [],
  );
}

function layoutOutcome(product: ProductDefinition, key: LayoutKey): RuleOutcome {
  const inputs = { modulusBits: key.modulusBits, l: key.l };
  try {
    layoutForProduct(product, key);
    return faultOutcome('product-layout', [], inputs);
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return faultOutcome('product-layout', [error.message], inputs);
  }
}

function faultOutcome(
  rule: string,
  faults: readonly string[],
  inputs: Readonly<Record<string, number>> = {},
): RuleOutcome {
  const name: RuleName = { rule, version: 1 };
  return faults.length === 0
    ? passed(name, 'Nothing contradicts.', inputs)
    : failed(name, { code: 'PRODUCT_INVALID', sentence: faults.join(' ') }, inputs);
}
