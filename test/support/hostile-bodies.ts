/** Bodies that are expensive to parse or validate, or needlessly large. */
import type { APIGatewayProxyResult } from 'aws-lambda';

const megabyte = 1024 * 1024;

/** The endpoints and sizes: the limit of Lambda, and that of the endpoint. */
export const targets = [
  ['create-persona', 5.9],
  ['create-persona', 1.9],
  ['create-personas', 4.9],
  ['upload-image', 5.9],
] as const;

type Handler = (event: object, context: object) => Promise<APIGatewayProxyResult>;

/** Calls an endpoint in this process, without a server. */
export async function answerOf(name: string, projectId: string, body: string): Promise<APIGatewayProxyResult> {
  const { handler }: { handler: Handler } = await import(`../../functions/${name}.ts`);
  const event = {
    body,
    httpMethod: 'POST',
    headers: { 'content-type': 'application/json' },
    pathParameters: { projectId },
    queryStringParameters: null,
    isBase64Encoded: false,
    requestContext: { requestId: 'request-1', path: '/api' },
  };
  return handler(event, { getRemainingTimeInMillis: () => 10_000 });
}

/** A JSON text of at most so many bytes, with the unit repeated. */
const filled = (size: number, opening: string, unit: string, closing: string) =>
  opening + unit.repeat(Math.floor((size - Buffer.byteLength(opening + closing)) / Buffer.byteLength(unit))) + closing;

function keyed(size: number, opening: string, value: string, keyOf: (index: number) => string): string {
  const members: string[] = [];
  for (let index = 0, length = opening.length; ; index++) {
    const member = `"${keyOf(index)}":${value}`;
    length += member.length + 1;
    if (length > size - 2) return `${opening}${members.join()}}}`;
    members.push(member);
  }
}

const short = (index: number) => index.toString(36);
const integer = (index: number) => String((index * 7919) % 4_294_967_291);

const bodies: readonly (readonly [string, (size: number) => string])[] = [
  ['deep arrays', (size) => `{"name":${'['.repeat(size / 2 - 5)}${']'.repeat(size / 2 - 5)}}`],
  ['deep arrays without an end', (size) => '['.repeat(size)],
  ['deep objects', (size) => '{"a":'.repeat(size / 6 - 1) + 1 + '}'.repeat(size / 6 - 1)],
  ['empty arrays', (size) => filled(size, '{"name":[', '[],', '[]]}')],
  ['empty objects', (size) => filled(size, '{"name":[', '{},', '{}]}')],
  ['numbers', (size) => filled(size, '{"name":[', '1,', '1]}')],
  ['a long number', (size) => filled(size, '{"name":', '1', '}')],
  ['short strings', (size) => filled(size, '{"name":[', '"",', '""]}')],
  ['strings without commas', (size) => filled(size, '', '""', '')],
  ['a million keys', (size) => keyed(size, '{"name":{', '1', short)],
  ['keys that are numbers', (size) => keyed(size, '{"name":{', '1', integer)],
  ['one key again and again', (size) => keyed(size, '{"name":{', '1', () => 'a')],
  ['headers of strings', (size) => keyed(size, '{"name":"a","role":"a","headers":{', '""', short)],
  ['headers of numbers', (size) => keyed(size, '{"name":"a","role":"a","headers":{', '1', short)],
  ['990 headers with CR', (size) => manyHeaders(size, 990)],
  ['50 long headers with CR', (size) => manyHeaders(size, 50)],
  ['a long name', (size) => filled(size, '{"role":"a","name":"', 'a', '"}')],
  ['a name of combining marks', (size) => filled(size, '{"role":"a","name":"a', '\u0301\u0327', '"}')],
  ['4 000 combining marks', () => `{"role":"a","name":"${'\u0301\u0327'.repeat(2_000)}"}`],
  ['astral characters', (size) => filled(size, '{"systemPrompt":"', '\u{1f600}', '"}')],
  ['escaped characters', (size) => filled(size, '{"systemPrompt":"', '\\u00e9', '"}')],
  ['escaped quotes', (size) => filled(size, '{"systemPrompt":"', '\\"', '"}')],
  ['lone surrogates', (size) => filled(size, '{"name":"', '\\ud800', '"}')],
  ['white space', (size) => filled(size, '{', ' ', '}')],
  ['long base64', (size) => filled(size, '{"role":"a","imageBase64":"', 'AAAA', '"}')],
  ['base64 of fill bytes of a JPEG', (size) => image(size, Buffer.from([0xff, 0xd8]), 0xff)],
  [
    'base64 of empty segments of a JPEG',
    (size) => image(size, Buffer.from([0xff, 0xd8]), Buffer.from('ffe00002', 'hex')),
  ],
  ['base64 of empty chunks of a PNG', (size) => image(size, pngStart, Buffer.from('0000000069546e74e2d2bb3c', 'hex'))],
  ['white space for base64', (size) => filled(size, '{"role":"a","imageBase64":"', ' ', '"}')],
  ['escaped base64', (size) => filled(size, '{"role":"a","imageBase64":"', '\\u0041', '"}')],
  ['a data URL without an end', (size) => filled(size, '{"role":"a","imageBase64":"', 'data:;base64', '"}')],
];

/** The signature and the header of a PNG. */
const pngStart = Buffer.from('89504e470d0a1a0a0000000d49484452000000200000002001000000012c0677cf', 'hex');

function manyHeaders(size: number, count: number): string {
  const value = `\r${'a'.repeat(size / count - 40)}`;
  return JSON.stringify({
    headers: Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, value])),
  });
}

/** As large as the body, or as the limit of images. */
function image(size: number, opening: Buffer, filling: number | Buffer): string {
  const rest = Buffer.alloc(Math.min(size * 0.7, 4 * megabyte) - opening.length, filling);
  return JSON.stringify({ role: 'a', imageBase64: Buffer.concat([opening, rest]).toString('base64') });
}

/** The bodies by name, with at most so many MB. */
export const hostileBodies = bodies.map(
  ([what, bodyOf]) => [what, (megabytes: number) => bodyOf(Math.floor(megabytes * megabyte))] as const,
);

const marks = '\u0323\u0301';
const fifty = (memberOf: (index: number) => readonly [string, string]) =>
  Object.fromEntries(Array.from({ length: 50 }, (_, index) => memberOf(index)));

/** Each is invalid, and as expensive as possible before that is found. */
const entries: readonly (readonly [string, object])[] = [
  ['a name of 4 000 combining marks', { name: `a${marks.repeat(2_000)}` }],
  ['a name of short runs of combining marks', { name: `a${marks.repeat(15)}`.repeat(25) }],
  ['a name of invisible characters', { name: '\u200b\u00ad '.repeat(300) }],
  ['tags of 1 000 combining marks', { name: 5, tags: Array(20).fill(`a${marks.repeat(499)}`) }],
  ['tags of short runs of combining marks', { name: 5, tags: Array(20).fill(`a${marks.repeat(15)}`.repeat(6)) }],
  ['headers with wrong names', { name: 5, headers: fifty((index) => [`h ${index}`, 'a']) }],
  ['headers with wrong values', { name: 5, headers: fifty((index) => [`h${index}`, `\r${'a'.repeat(800)}`]) }],
  ['astral characters', { name: 5, systemPrompt: '\u{1f600}'.repeat(12_000) }],
  [
    'all that a persona may have',
    { name: '', systemPrompt: 'a'.repeat(40_000), headers: fifty((i) => [`h${i}`, 'a']) },
  ],
];

/** Bodies of 100 such personas. */
export const hostileBatches = entries.map(
  ([what, entry]) => [what, JSON.stringify({ personas: Array(100).fill(entry) })] as const,
);
