import { readFile } from 'node:fs/promises';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import * as refusals from '../../functions/domain/refusal.ts';
import { endpoints } from '../../lib/contract/functions.ts';
import { gatewayResponses } from '../../lib/contract/gateway-responses.ts';
import { documentText } from '../../lib/openapi/document.ts';
import { operations } from '../../lib/openapi/operations.ts';

const committed = await readFile(new URL('../../openapi.json', import.meta.url), 'utf8');

it('is up to date (after a change, run npm run openapi)', async () => {
  expect(committed).toBe(await documentText());
});

it('describes each endpoint and no other', () => {
  expect(Object.keys(operations).sort()).toEqual(endpoints.map(({ name }) => name).sort());
});

it('has every error of the API', () => {
  const { Refusal, ...factories } = refusals;
  const refused: refusals.Refusal[] = Object.values(factories).map((factory) =>
    Reflect.apply(factory, undefined, [[]]),
  );
  const codes = [...refused, ...Object.values(gatewayResponses)].map(({ code }) => code);
  expect(codes.length).toBeGreaterThan(50);
  const undescribed = codes.filter((code) => !committed.includes(`"code": "${code}"`));
  // Errors of no operation: unknown paths and methods, and quotas of API Gateway's own keys, which are not used.
  expect(new Set(undescribed)).toEqual(new Set(['route_not_found', 'quota_exceeded']));
});

it('is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(JSON.parse(committed))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

it('passes a linter', async () => {
  const config = await createConfig({ extends: ['recommended-strict'] });
  expect(await lintFromString({ source: committed, absoluteRef: 'openapi.json', config })).toEqual([]);
});
