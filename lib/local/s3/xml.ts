/** An element with children in XML. */
export const element = (name: string, ...children: readonly string[]): string =>
  `<${name}>${children.join('')}</${name}>`;

/** An element with an escaped text. */
export const textElement = (name: string, text: string | number | boolean): string => element(name, escapeXml(text));

/** A document whose root is in S3's namespace. */
export const document = (root: string, ...children: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${children.join('')}</${root}>`;

/** Also escapes control characters such as line breaks, which parsers would ignore. */
const escapeXml = (text: string | number | boolean): string =>
  String(text).replace(/[&<>"\p{Cc}]/gu, (character) => `&#x${character.codePointAt(0)?.toString(16)};`);
