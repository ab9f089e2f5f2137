/** The limits of a body. JSON.parse and a schema can take a second for a million parts. */
export interface BodyLimits {
  readonly megabytes: number;
  /** Strings, and brackets and commas outside of them. */
  readonly parts: number;
  /** Characters outside of strings. */
  readonly outside: number;
}

/** Several times what any body for a single thing needs. */
export const bodyLimits: BodyLimits = { megabytes: 2, parts: 1_000, outside: 100_000 };

const quote = 0x22;
const backslash = 0x5c;
const isOpeningOrComma = (character: number) => character === 0x5b || character === 0x7b || character === 0x2c;

/** Whether a JSON text exceeds these limits. Does not parse it. */
export function isCostly(text: string, { parts: maxParts, outside: maxOutside }: BodyLimits): boolean {
  let parts = 0;
  let outside = 0;
  for (let at = 0; at < text.length && parts <= maxParts && outside <= maxOutside; at++, outside++) {
    const character = text.charCodeAt(at);
    if (character === quote) {
      parts++;
      at = endOfString(text, at);
    } else if (isOpeningOrComma(character)) parts++;
  }
  return parts > maxParts || outside > maxOutside;
}

/** The end of the string that starts there. Skips a string without escapes, such as an image in base64, in one step. */
function endOfString(text: string, start: number): number {
  const end = text.indexOf('"', start + 1);
  if (end < 0) return text.length;
  if (text.charCodeAt(end - 1) !== backslash) return end;
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === quote) return at;
    if (character === backslash) at++;
  }
  return text.length;
}
