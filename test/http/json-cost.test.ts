/** What a hostile body costs: the CPU time of each is printed, and each is refused. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portraitPrompt } from '../../functions/domain/portrait.ts';
import { type Client, type Json, newProject, useStack } from '../support/api.ts';

type Handler = (event: APIGatewayProxyEvent, context: object) => Promise<APIGatewayProxyResult>;

const stack = useStack();
const megabyte = 1024 * 1024;
const printed: string[] = [];

let project: Client & { readonly id: string };
const handlers: Record<string, Handler> = {};

beforeAll(async () => {
  project = await newProject(stack.api);
  for (const name of ['create-persona', 'upload-image']) {
    handlers[name] = (await import(`../../functions/${name}.ts`)).handler;
    await answerOf(name, '{}');
  }
});
afterAll(() => console.log(['CPU milliseconds of hostile bodies', ...printed].join('\n  ')));

const answerOf = async (name: string, body: string): Promise<APIGatewayProxyResult> => {
  const event = {
    body,
    httpMethod: 'POST',
    headers: { 'content-type': 'application/json' },
    pathParameters: { projectId: project.id },
    queryStringParameters: null,
    isBase64Encoded: false,
    requestContext: { requestId: 'request-1', path: '/api' },
  };
  const handler = handlers[name];
  if (!handler) throw new Error(`${name} is not loaded`);
  return handler(event as unknown as APIGatewayProxyEvent, { getRemainingTimeInMillis: () => 10_000 });
};

/** Prints what the work costs. Garbage collection counts, as it would in Lambda. */
async function measured<Result>(what: string, work: () => Result | Promise<Result>): Promise<Result> {
  const start = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(start);
  printed.push(`${((user + system) / 1000).toFixed(0).padStart(4)} ${what}`);
  return result;
}

/** A JSON text of at most so many bytes: as many of the unit as there is room for. */
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
  ['escaped base64', (size) => filled(size, '{"role":"a","imageBase64":"', '\\u0041', '"}')],
  ['a data URL without an end', (size) => filled(size, '{"role":"a","imageBase64":"', 'data:;base64', '"}')],
];

function manyHeaders(size: number, count: number): string {
  const value = `\r${'a'.repeat(size / count - 40)}`;
  return JSON.stringify({
    headers: Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, value])),
  });
}

/** As large as the body, or as images may be. */
function image(size: number, opening: Buffer, filling: number | Buffer): string {
  const rest = Buffer.alloc(Math.min(size * 0.7, 4 * megabyte) - opening.length, filling);
  return JSON.stringify({ role: 'a', imageBase64: Buffer.concat([opening, rest]).toString('base64') });
}

describe.each([
  ['create-persona', 5.9],
  ['create-persona', 1.9],
  ['upload-image', 5.9],
])('%s, of a body of %d MB,', (name, megabytes) => {
  it.each(bodies)('refuses %s', async (what, bodyOf) => {
    const body = bodyOf(Math.floor(megabytes * megabyte));
    const answer = await measured(`${name}, ${megabytes} MB: ${what}`, () => answerOf(name, body));
    expect(answer.statusCode).toBeOneOf([400, 413]);
    expect(answer.body.length).toBeLessThan(megabyte);
    const { error, code, requestId }: Json = JSON.parse(answer.body);
    expect({ error, code, requestId }).toEqual({
      error: expect.any(String),
      code: expect.stringMatching(/^[a-z_]+$/),
      requestId: 'request-1',
    });
  });
});

it('takes a body of all that a persona may have', async () => {
  const headers = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`x-${index}`, '{"a":[1,2,"\\"3\\""]}']));
  const systemPrompt = '[{,"\\'.repeat(15_000);
  const { status, body } = await project.post('/personas', { name: 'Full', systemPrompt, headers });
  expect(status).toBe(201);
  expect(body).toMatchObject({ systemPrompt, headers });
});

it('takes an image of 4 MB', async () => {
  const picture = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
    'base64',
  );
  const imageBase64 = Buffer.concat([
    picture.subarray(0, 33),
    Buffer.alloc(4 * megabyte - picture.length),
    picture.subarray(33),
  ]);
  const body = JSON.stringify({ role: 'a', imageBase64: imageBase64.toString('base64') });
  const { statusCode } = await measured('upload-image: 4 MB that are taken', () => answerOf('upload-image', body));
  expect(statusCode).toBe(201);
});

it('writes a prompt of a system prompt that nearly closes its fence 100 000 times', async () => {
  const times = { createdAt: '', updatedAt: '' };
  for (const systemPrompt of [
    `<${' '.repeat(99_999)}`,
    `<${' '.repeat(49_999)}/${' '.repeat(49_999)}`,
    '<'.repeat(100_000),
  ]) {
    const persona = { id: '1', name: 'a', systemPrompt, ...times };
    const prompt = await measured(`the prompt of ${systemPrompt.slice(0, 2)}…`, () => portraitPrompt(persona, false));
    expect(prompt.match(/<\/persona>/g)).toHaveLength(2);
  }
});
