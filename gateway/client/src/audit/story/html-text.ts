/** Text that is HTML already; everything else is escaped where it is put in. */
export class Html {
  constructor(readonly text: string) {}
}

export type HtmlPart = Html | string | number | readonly Html[];

/** Escapes what would be read as markup, also inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A template whose values are escaped, unless they are {@link Html} themselves. */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  const rest = texts.slice(1).map((text, index) => htmlOf(parts[index] ?? '') + text);
  return new Html((texts[0] ?? '') + rest.join(''));
}

function htmlOf(part: HtmlPart): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('\n');
  return escapeHtml(String(part));
}
