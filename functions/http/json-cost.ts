/** What a body may have at most. JSON.parse and a schema can spend a second on a million parts. */
export interface BodyLimits {
  readonly megabytes: number;
  /** Strings, and brackets and commas outside of them. */
  readonly parts: number;
  /** Characters outside of strings. */
  readonly outside: number;
}

/** Several times what any body needs that is about one thing. */
export const bodyLimits: BodyLimits = { megabytes: 2, parts: 1_000, outside: 100_000 };

const quote = 0x22;
const backslash = 0x5c;
const isOpeningOrComma = (character: number) => character === 0x5b || character === 0x7b || character === 0x2c;

/** Whether a text has more parts, or more outside of strings, than that. Parses nothing. */
export function isCostly(text: string, { parts: mostParts, outside: mostOutside }: BodyLimits): boolean {
  let parts = 0;
  let outside = 0;
  for (let at = 0; at < text.length && parts <= mostParts && outside <= mostOutside; at++, outside++) {
    const character = text.charCodeAt(at);
    if (character === quote) {
      parts++;
      at = endOfString(text, at);
    } else if (isOpeningOrComma(character)) parts++;
  }
  return parts > mostParts || outside > mostOutside;
}

/** Where the string ends that begins there. A picture in base64 is passed over in one step. */
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
