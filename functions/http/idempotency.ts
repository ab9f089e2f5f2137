/** The header Idempotency-Key: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
import { createHash } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { IdempotentRequest } from '../domain/idempotency.ts';
import { idempotencyKeyInvalid } from '../domain/refusal.ts';
import { header } from './header.ts';

/** 1 to 255 printable ASCII characters. */
const form = /^[\x20-\x7e]{1,255}$/;

/** The idempotent request; undefined without a key, or if the method is not POST. `path`: the path parameters. */
export function idempotentRequest(event: APIGatewayProxyEvent, path: unknown): IdempotentRequest | undefined {
  const key = header(event, 'idempotency-key');
  if (key === undefined || event.httpMethod !== 'POST') return undefined;
  if (!form.test(key)) throw idempotencyKeyInvalid();
  return {
    key: hash(key),
    fingerprint: hash(JSON.stringify([event.httpMethod, event.resource, path, event.body])),
  };
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');
