import { describe, expect, it } from 'vitest';
import { policyFor } from '../../functions/auth/policy.ts';
import { endpoints } from '../../lib/contract/functions.ts';
import { summaryOf, usageOf } from '../../lib/stack/quotas.ts';
import { everything, synthesise } from './synthesise.ts';

describe.each([
  ['by default', {}],
  ['with every option', everything],
])('the template, %s', (_case, context) => {
  const template = synthesise(context).toJSON();
  const usages = usageOf(JSON.stringify(template, undefined, 1));

  it('counts its usage', () => {
    const resources = endpoints.flatMap(({ path }) =>
      path
        .split('/')
        .filter(Boolean)
        .map((_, depth, parts) => parts.slice(0, depth + 1).join('/')),
    );
    expect(usages.find(({ of }) => of === 'resources')?.used).toBe(Object.keys(template.Resources).length);
    expect(usages.find(({ of }) => of === 'resources of the API')?.used).toBe(new Set(resources).size);
    expect(usages.find(({ of }) => of === 'stages')?.used).toBe(1);
    expect(summaryOf(usages)).toMatch(/^\d{3} of 500 resources, .* of template, .*, 1 of 10 stages$/);
  });

  it.each(usages)('has room for growth: $used of $quota $of', ({ used, quota }) => {
    expect(used).toBeLessThanOrEqual(quota * 0.75);
  });
});

it.each([
  ['the admin key', { projectId: '*', access: 'admin' }],
  ['a project key', { projectId: '01a20a62-d9d0-70c2-9918-f49289882e2e', access: 'write' }],
] as const)('the policy of %s is far below 8 KB, the limit of API Gateway', (_key, grant) => {
  const arn = 'arn:aws-us-gov:execute-api:ap-southeast-2:123456789012:abcdefghij/a-stage-of-20-letter/GET/api/projects';
  expect(JSON.stringify(policyFor(grant, arn)).length).toBeLessThan(0.75 * 8 * 1024);
});
