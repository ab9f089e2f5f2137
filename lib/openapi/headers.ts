/** Headers of answers that the document describes. */
interface Described {
  readonly description: string;
  readonly schema: object;
  readonly example?: unknown;
  /** Whether each answer that may bear it does. */
  readonly always?: true;
}

const text = { type: 'string' };

const described = {
  'X-Request-Id': {
    description: 'The id of this call. Tell it when you ask the operator.',
    schema: text,
    always: true,
  },
  'Cache-Control': { description: 'How long the answer may be kept.', schema: text, always: true },
  ETag: {
    description: 'Names this version, for `If-None-Match` and `If-Match`. It changes with every change.',
    schema: text,
    example: '"1d5b8k2m9q"',
    always: true,
  },
  Location: {
    description: 'The address of what was made.',
    schema: { ...text, format: 'uri-reference' },
    always: true,
  },
  Link: {
    description: 'The address of the next part, as `<…>; rel="next"`; not there on the last one.',
    schema: text,
  },
  'Retry-After': {
    description: 'Seconds after which a new try makes sense.',
    schema: { type: 'integer', minimum: 0 },
    example: 1,
  },
  'Idempotency-Replayed': {
    description:
      '`true` where the request came before with this `Idempotency-Key`: the answer tells of what it made then, as it is now.',
    schema: { const: 'true' },
  },
  'X-Style-References': {
    description: 'Of the style images of the project, how many the portrait was drawn with: `4 of 6`.',
    schema: text,
    example: '4 of 6',
  },
  'Content-Length': { description: 'How many bytes it has.', schema: { type: 'integer', minimum: 0 }, always: true },
  'Content-Disposition': { description: 'Shown in place, under the name of its id.', schema: text, always: true },
  'Content-Encoding': { description: '`gzip`.', schema: { const: 'gzip' }, always: true },
  'Content-Security-Policy': { description: 'What of it a browser may run and load.', schema: text, always: true },
  'X-Content-Type-Options': {
    description: '`nosniff`: it is what it says.',
    schema: { const: 'nosniff' },
    always: true,
  },
} as const satisfies Record<string, Described>;

export type HeaderName = keyof typeof described;

/** What the document refers to. */
export const headers = Object.fromEntries(
  Object.entries<Described>(described).map(([name, { always = false, ...header }]) => [
    name,
    { ...header, required: always },
  ]),
);

/** The headers of an answer, by reference. */
export const headersOf = (names: readonly HeaderName[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** Headers of a request by which it is conditional (RFC 9110, section 13) or idempotent. */
export const conditions = {
  ofReading: [
    condition(
      'If-None-Match',
      'ETags of versions that you have: where the current one is among them, the answer is 304.',
    ),
  ],
  ofMaking: [
    condition(
      'Idempotency-Key',
      '1 to 255 printable ASCII characters. The same request with the same key within 24 hours is carried out once: send it again where an answer was lost.',
    ),
  ],
  ofChanging: [
    condition(
      'If-Match',
      'ETags of versions that you know: where the current one is not among them, the answer is 412.',
    ),
    condition(
      'If-None-Match',
      'ETags of versions that are to stay: where the current one is among them, the answer is 412.',
    ),
  ],
};

function condition(name: string, description: string) {
  return { name, in: 'header', description, schema: text };
}
