import type {
  Member,
  NegativeEntry,
  NegativeMatch,
  Product,
  QueryRequest,
  Rulebook,
} from '@veilsum/protocol';
import { askersOf } from '../delegation/delegated-query.js';
import { levelOfProduct } from './data-level.js';

/** A use as the negative list sees it. */
export interface ListedUse {
  readonly product: Pick<Product, 'productId' | 'classification' | 'tags'>;
  readonly request: Pick<QueryRequest, 'purpose' | 'function' | 'release'>;
  readonly analyst: Pick<Member, 'mspId' | 'roles'>;
  /** On whose behalf an agent asks; an entry about either of them is met. */
  readonly delegated?: { readonly principal: Pick<Member, 'mspId' | 'roles'> } | undefined;
  /** Groups of the result; none when the product does not answer the request, which is refused anyway. */
  readonly groups: readonly { readonly cells: readonly number[] }[];
}

/** The entries of the negative list that a use meets: those that deny first, else in their own order. */
export function matchingEntries(rulebook: Rulebook, use: ListedUse): NegativeEntry[] {
  const askers = askersOf(use.analyst, use.delegated);
  const matching = rulebook.negativeList.filter(({ match }) =>
    askers.some((analyst) => isMatch(match, { ...use, analyst }, rulebook)),
  );
  return [
    ...matching.filter(({ effect }) => effect === 'deny'),
    ...matching.filter(({ effect }) => effect === 'review'),
  ];
}

/** Every field that is there has to hold; the schema refuses fields that are not known here. */
function isMatch(
  match: NegativeMatch,
  { product, request, analyst, groups }: ListedUse,
  rulebook: Rulebook,
): boolean {
  const { tags } = product;
  const level = levelOfProduct(product, rulebook);
  const { crossBorder, groupCellsBelow } = match;
  const isCrossBorder = rulebook.crossBorderMspIds.includes(analyst.mspId);
  return [
    names(match.classifications, [level]),
    names(match.tags, tags),
    match.withoutTags === undefined || !names(match.withoutTags, tags),
    names(match.productIds, [product.productId]),
    names(match.purposes, [request.purpose]),
    names(match.functions, [request.function]),
    names(match.releases, [request.release]),
    names(match.recipientRoles, analyst.roles),
    crossBorder === undefined || crossBorder === isCrossBorder,
    groupCellsBelow === undefined || groups.some(({ cells }) => cells.length < groupCellsBelow),
  ].every(Boolean);
}

/** Whether a list of a match names one of the values; a list that is not there names everything. */
function names<Value>(list: readonly Value[] | undefined, values: readonly Value[]): boolean {
  return list === undefined || values.some((value) => list.includes(value));
}
