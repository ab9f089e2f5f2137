import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { keys } from '../../functions/storage/table.ts';
import { type Metric, metricNamespace, metrics } from '../../lib/contract/metrics.ts';
import { settings } from '../../lib/local/environment.ts';
import { type Client, type Json, newProject, useStack } from '../support/api.ts';

const stack = useStack();

/** The lines that the functions wrote to standard output. */
const lines: Json[] = [];
beforeEach(() => {
  lines.length = 0;
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    lines.push(JSON.parse(String(chunk)));
    return true;
  });
  return () => vi.mocked(process.stdout.write).mockRestore();
});

/** Draws a persona in a project with this provider key. */
async function draw(
  apiKey: string,
  settingsOfProject: object = {},
): Promise<{ status: number; project: Client & { id: string } }> {
  const project = await newProject(stack.api);
  await project.put('/config', { llmSettings: { provider: 'openai', apiKey }, ...settingsOfProject });
  const { body } = await project.post('/personas', { name: 'Ada', systemPrompt: 'You count. (canary)' });
  const { status } = await project.post(`/personas/${body.id}/generate-image`);
  return { status, project };
}

/** The values that CloudWatch reads from a line, by the rules of the embedded metric format. */
function counted({ _aws: { Timestamp, CloudWatchMetrics }, ...fields }: Json): Partial<Record<Metric, number>> {
  expect(Timestamp).toEqual(expect.any(Number));
  expect(CloudWatchMetrics).toHaveLength(1);
  const [{ Namespace, Dimensions, Metrics }] = CloudWatchMetrics;
  expect(Namespace).toBe(metricNamespace(settings.STAGE));
  expect(Dimensions).toEqual([[]]);
  return Object.fromEntries(
    Metrics.map(({ Name, Unit }: { Name: Metric; Unit: string }) => {
      expect(Unit).toBe(metrics[Name]);
      return [Name, fields[Name]];
    }),
  );
}

describe('a drawing is counted by its outcome, with its model and duration:', () => {
  it('a portrait', async () => {
    const { status, project } = await draw('sk-local-0123456789abcdef');
    expect(status).toBe(200);
    expect(lines.map(counted)).toEqual([{ PortraitsDrawn: 1, ProviderTime: expect.any(Number) }]);
    expect(lines[0]).toMatchObject({
      level: 'INFO',
      projectId: project.id,
      model: settings.IMAGE_MODEL,
      references: 0,
      tokens: expect.any(Number),
    });
  });

  it.each([
    ['PortraitsBlocked', 'moderation', 'image_moderation_blocked'],
    ['ProviderRefusals', 'invalid-key', 'image_provider_key_invalid'],
    ['ProviderRefusals', 'forbidden', 'image_provider_forbidden'],
    ['ProviderRefusals', 'credit-exhausted', 'image_provider_quota_exhausted'],
    ['ProviderRefusals', 'model-not-found', 'image_model_unavailable'],
    ['ProviderFailures', 'rate-limit', 'image_provider_rate_limited'],
    ['ProviderFailures', 'server-error', 'image_provider_error'],
  ] as const)('%s, if the stand-in fails by %s', async (metric, mode, code) => {
    const { project } = await draw(`sk-local-fail-${mode}`);
    expect(lines.map(counted)).toEqual([{ [metric]: 1, ProviderTime: expect.any(Number) }]);
    expect(lines[0]).toMatchObject({ projectId: project.id, code });
  });

  it('a drawing beyond the quota, without calling the provider', async () => {
    const { status, project } = await draw('sk-local-0123456789abcdef', { maxImagesPerDay: 0 });
    expect(status).toBe(429);
    expect(lines.map(counted)).toEqual([{ QuotaRefusals: 1 }]);
    expect(lines[0]).toMatchObject({ projectId: project.id, maxImagesPerDay: 0 });
  });
});

describe('the workers count what they find:', () => {
  it('what a deletion left behind', async () => {
    const { project } = await draw('sk-local-0123456789abcdef');
    await project.delete('');
    lines.length = 0;
    await stack.drain();
    const [found] = lines.map(counted);
    expect(found?.CleanUpFindings).toBeGreaterThan(0);
  });

  it('inconsistent data, even if there is none', async () => {
    const { handler } = await import('../../functions/workers/reconcile.ts');
    const reconcile = async () => {
      lines.length = 0;
      await handler({}, { awsRequestId: 'test', getRemainingTimeInMillis: () => 900_000 } as Context);
      return lines.map(counted);
    };
    expect(await reconcile()).toEqual([{ ReconcileFindings: 0 }]);
    const project = await newProject(stack.api);
    await project.post('/personas', { name: 'Ada' });
    const { PK, SK } = keys.name(project.id, 'Ada');
    const Key = { PK: { S: PK }, SK: { S: SK } };
    await new DynamoDBClient().send(new DeleteItemCommand({ TableName: process.env.TABLE_NAME, Key }));
    vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(await reconcile()).toEqual([{ ReconcileFindings: 1 }]);
  });
});

it('contains neither keys nor prompts', async () => {
  await draw('sk-local-fail-invalid-key');
  expect(JSON.stringify(lines)).not.toMatch(/sk-local|canary/);
});
