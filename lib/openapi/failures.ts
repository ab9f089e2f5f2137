/** The errors of the document. The code that answers errors generates the examples. */
import { STATUS_CODES } from 'node:http';
import type { Refusal } from '../../functions/domain/refusal.ts';
import { failureReply } from '../../functions/http/failure.ts';
import { type GatewayAnswer, gatewayBody } from '../contract/gateway-responses.ts';
import { headersOf } from './headers.ts';
import { reference } from './schemas.ts';

const requestId = '3e853195-5c83-4015-a4ef-f0825b57c531';

export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly body: { readonly code: string };
  readonly mayRetry: boolean;
}

/** The answer of a function to an error. */
export function ofFunction(error: Refusal | Error): Failure {
  const { statusCode: status, headers, body } = failureReply(error, requestId);
  return failure(status, String(body), headers['Retry-After'] !== undefined);
}

/** An answer of the gateway. */
export const ofGateway = (answer: GatewayAnswer): Failure =>
  failure(answer.status ?? 400, gatewayBody(answer, requestId), answer.retryAfter !== undefined);

function failure(status: number, text: string, mayRetry: boolean): Failure {
  const body = JSON.parse(text);
  return { status, code: body.code, body, mayRetry };
}

/** The error responses of an operation, by status. Those with at most two codes are references to shared responses. */
export function responsesOf(failures: readonly Failure[]): Record<string, object> {
  return Object.fromEntries(
    byStatus(failures).map(([status, alike]) => {
      const name = sharedName(alike);
      return [status, name ? { $ref: `#/components/responses/${name}` } : responseOf(status, alike)];
    }),
  );
}

/** The shared responses for these errors. */
export function sharedResponses(failures: readonly Failure[]): Record<string, object> {
  return Object.fromEntries(
    byStatus(failures).flatMap(([status, alike]) => {
      const name = sharedName(alike);
      return name ? [[name, responseOf(status, alike)]] : [];
    }),
  );
}

const byStatus = (failures: readonly Failure[]) =>
  [...Map.groupBy(failures, ({ status }) => status)].sort(([one], [other]) => one - other);

const codesOf = (alike: readonly Failure[]): string[] => [...new Set(alike.map(({ code }) => code))].sort();

/** A name from their codes, such as `PersonaNotFoundOrProjectNotFound`; undefined for more than two. */
function sharedName(alike: readonly Failure[]): string | undefined {
  const codes = codesOf(alike);
  if (codes.length > 2) return undefined;
  return codes.map((code) => code.replace(/(?:^|_)(\w)/g, (_start, letter: string) => letter.toUpperCase())).join('Or');
}

function responseOf(status: number, alike: readonly Failure[]) {
  const bodies = [...new Map(alike.map(({ body }) => [JSON.stringify(body), body])).values()];
  const codes = codesOf(alike);
  return {
    description: `${STATUS_CODES[status]}: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
    headers: headersOf([
      'X-Request-Id',
      'Cache-Control',
      ...(alike.some(({ mayRetry }) => mayRetry) ? (['Retry-After'] as const) : []),
    ]),
    content: {
      'application/json': {
        schema: { allOf: [reference('Failure'), { type: 'object', properties: { code: { enum: codes } } }] },
        examples: Object.fromEntries(bodies.map((body, index) => [exampleName(bodies, index), { value: body }])),
      },
    },
  };
}

/** The name of an example is its code; further ones with the same code get a number. */
function exampleName(bodies: readonly { code: string }[], index: number): string {
  const code = bodies[index]?.code;
  const before = bodies.slice(0, index).filter((body) => body.code === code).length;
  return before > 0 ? `${code}_${before + 1}` : `${code}`;
}
