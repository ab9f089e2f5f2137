import { PersonaBatch } from './domain/persona-batch.ts';
import { ProjectPath } from './domain/project.ts';
import { defineEndpoint } from './http/endpoint.ts';
import { failureFields } from './http/failure.ts';
import { lambda } from './http/lambda.ts';
import { ok, replayed } from './http/reply.ts';
import * as batches from './storage/batches.ts';
import * as projects from './storage/projects.ts';

export const endpoint = defineEndpoint({
  // 100 personas of the largest allowed form have 21 000 parts.
  request: { path: ProjectPath, body: PersonaBatch, bodyLimits: { megabytes: 5, parts: 25_000, outside: 1_000_000 } },
  beforeRefusal: projects.mustExist,
  async handle({ path, body, requestId, idempotent }) {
    const { result, isReplay } = await batches.create(path, body, idempotent);
    return replayed(ok({ results: result.map((outcome) => toResult(outcome, requestId)) }), isReplay);
  },
});

function toResult(outcome: batches.Outcome, requestId: string) {
  if (outcome.status !== 'failed') return outcome;
  const { status, name, cause } = outcome;
  return { status, name, ...failureFields(cause, requestId) };
}

export const handler = lambda(endpoint);
