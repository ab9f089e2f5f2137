import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect, it } from 'vitest';
import { newProject, useStack } from '../support/api.ts';

/** Adds a stage to the path, as in API Gateway's own addresses. */
const stack = useStack({
  async handlerOf({ file }) {
    const { handler } = await import(`../../functions/${file}.ts`);
    return ({ requestContext, ...event }: APIGatewayProxyEvent, context: object) =>
      handler({ ...event, requestContext: { ...requestContext, path: `/prod${requestContext.path}` } }, context);
  },
});

it('is part of every address in an answer', async () => {
  const project = await newProject(stack.api);
  const made = await project.post('/personas', { name: 'Greta' });
  expect(made.headers.get('location')).toBe(`/prod/api/projects/${project.id}/personas/${made.body.id}`);
  await newProject(stack.api);
  const { headers } = await stack.api.get('/projects?limit=1');
  expect(headers.get('link')).toMatch(/^<\/prod\/api\/projects\?limit=1&cursor=[\w-]+>; rel="next"$/);
});
