/** A response header in the document. */
interface Described {
  readonly description: string;
  readonly schema: object;
  readonly example?: unknown;
  /** Whether the header is always present. */
  readonly always?: true;
}

const text = { type: 'string' };

const described = {
  'X-Request-Id': {
    description: 'The id of this call. Quote it when you contact the operator.',
    schema: text,
    always: true,
  },
  'Cache-Control': { description: 'How the answer may be cached.', schema: text, always: true },
  ETag: {
    description: 'The entity tag of this version, for `If-None-Match` and `If-Match`.',
    schema: text,
    example: '"1d5b8k2m9q"',
    always: true,
  },
  Location: {
    description: 'The address of what was created.',
    schema: { ...text, format: 'uri-reference' },
    always: true,
  },
  Link: {
    description: 'The address of the next page, as `<…>; rel="next"`; absent on the last page.',
    schema: text,
  },
  'Retry-After': {
    description: 'Seconds after which to try again.',
    schema: { type: 'integer', minimum: 0 },
    example: 1,
  },
  'Idempotency-Replayed': {
    description:
      '`true` if the same request was sent before with this `Idempotency-Key`: the answer has the present state of what it created.',
    schema: { const: 'true' },
  },
  'X-Style-References': {
    description: 'How many of the style images of the project were used for the portrait, such as `4 of 6`.',
    schema: text,
    example: '4 of 6',
  },
  'Content-Length': { description: 'The number of bytes.', schema: { type: 'integer', minimum: 0 }, always: true },
  'Content-Disposition': { description: '`inline`, with the id as file name.', schema: text, always: true },
  'Content-Encoding': { description: '`gzip`.', schema: { const: 'gzip' }, always: true },
  'Content-Security-Policy': { description: 'What a browser may run and load.', schema: text, always: true },
  'X-Content-Type-Options': {
    description: '`nosniff`.',
    schema: { const: 'nosniff' },
    always: true,
  },
} as const satisfies Record<string, Described>;

export type HeaderName = keyof typeof described;

/** The headers of the document, by name. */
export const headers = Object.fromEntries(
  Object.entries<Described>(described).map(([name, { always = false, ...header }]) => [
    name,
    { ...header, required: always },
  ]),
);

/** References to headers. */
export const headersOf = (names: readonly HeaderName[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** Request headers for conditional (RFC 9110, section 13) and idempotent requests. */
export const conditions = {
  forReads: [
    condition('If-None-Match', 'ETags of versions that you have. If the current one is among them, the answer is 304.'),
  ],
  forPosts: [
    condition(
      'Idempotency-Key',
      '1 to 255 printable ASCII characters. The same request with the same key is carried out once within 24 hours: after a lost answer, send it again.',
    ),
  ],
  forChanges: [
    condition('If-Match', 'ETags of versions that you know. If the current one is not among them, the answer is 412.'),
    condition(
      'If-None-Match',
      'ETags of versions that must not be changed. If the current one is among them, the answer is 412.',
    ),
  ],
};

function condition(name: string, description: string) {
  return { name, in: 'header', description, schema: text };
}
