/** `name:tag` or `name@sha256:…`; a tag that moves is no pin. */
const PINNED =
  /^[a-z0-9][a-z0-9./-]*(:\d+\/[a-z0-9./-]+)?(:(?<tag>[\w][\w.-]*)|@sha256:[0-9a-f]{64})$/;
const MOVING = /^(latest|main|master|edge|nightly|stable|\d+)$/;

/** @returns what is wrong with an image's name, or undefined */
export function imageFault(image: string): string | undefined {
  const found = PINNED.exec(image);
  if (found === null) return `has the image ${image}, which is not pinned.`;
  const tag = found.groups?.['tag'];
  if (tag !== undefined && MOVING.test(tag)) return `has the image ${image}, whose tag moves.`;
  return undefined;
}
