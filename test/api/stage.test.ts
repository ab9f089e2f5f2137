import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect, it } from 'vitest';
import { newProject, useStack } from '../support/api.ts';

/** Behind a stage, as the address that API Gateway gives to an API begins with one. */
const stack = useStack({
  async handlerOf({ file }) {
    const { handler } = await import(`../../functions/${file}.ts`);
    return ({ requestContext, ...event }: APIGatewayProxyEvent, context: object) =>
      handler({ ...event, requestContext: { ...requestContext, path: `/prod${requestContext.path}` } }, context);
  },
});

it('is named wherever an answer says where something is', async () => {
  const project = await newProject(stack.api);
  const made = await project.post('/personas', { name: 'Greta' });
  expect(made.headers.get('location')).toBe(`/prod/api/projects/${project.id}/personas/${made.body.id}`);
  await newProject(stack.api);
  const { headers } = await stack.api.get('/projects?limit=1');
  expect(headers.get('link')).toMatch(/^<\/prod\/api\/projects\?limit=1&cursor=[\w-]+>; rel="next"$/);
});
