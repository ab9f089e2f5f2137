/** An element, given its children as XML; text has to be escaped. */
export const element = (name: string, ...children: readonly string[]): string =>
  `<${name}>${children.join('')}</${name}>`;

/** An element with a text. */
export const textElement = (name: string, text: string | number | boolean): string => element(name, escaped(text));

/** A document whose root is in S3's namespace. */
export const document = (root: string, ...children: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${children.join('')}</${root}>`;

/** Also control characters such as a line break, which a parser would otherwise pass over. */
const escaped = (text: string | number | boolean): string =>
  String(text).replace(/[&<>"\p{Cc}]/gu, (character) => `&#x${character.codePointAt(0)?.toString(16)};`);
