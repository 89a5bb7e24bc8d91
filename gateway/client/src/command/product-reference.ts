import { productIdSchema, VeilsumError, type ProductId } from '@veilsum/protocol';

/** A product version as people write it: `weekly-sales@1`. */
export interface ProductReference {
  readonly productId: ProductId;
  readonly version: number;
}

/** @throws {@link VeilsumError} INVALID_ARGUMENT unless it has the form `name@version` */
export function parseProductReference(text: string): ProductReference {
  const match = /^([a-z0-9-]+)@([1-9]\d{0,5})$/.exec(text);
  const productId = productIdSchema.safeParse(match?.[1]);
  if (match?.[2] === undefined || !productId.success) {
    throw new VeilsumError('INVALID_ARGUMENT', `--product is written name@version, not "${text}".`);
  }
  return { productId: productId.data, version: Number(match[2]) };
}
