import { Retry } from '@smithy/core/retry';
import { describe, expect, it } from 'vitest';
import { answerTimeout, maxAttempts } from '../../functions/storage/client-defaults.ts';
import { authorizer, endpoints, functions } from '../../lib/contract/functions.ts';
import { settingDefaults } from '../../lib/contract/settings.ts';
import { methods, only, synthesise } from './synthesise.ts';

const template = synthesise();
const lambdas = template.findResources('AWS::Lambda::Function');
const roles = template.findResources('AWS::IAM::Role');
const logGroups = template.findResources('AWS::Logs::LogGroup');
const permissions = Object.values(template.findResources('AWS::Lambda::Permission'));
const routes = methods(template);

const table = only(template, 'AWS::DynamoDB::Table').id;
const bucket = only(template, 'AWS::S3::Bucket').id;
const kmsKey = only(template, 'AWS::KMS::Key').id;
const adminKey = only(template, 'AWS::SecretsManager::Secret').id;

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

function functionOf(name: string) {
  const found = Object.entries(lambdas).filter(
    ([, { Properties }]) => Properties.FunctionName === `personas-api-prod-${name}`,
  );
  expect(found).toHaveLength(1);
  const [id, { Properties: properties }] = found[0] as (typeof found)[number];
  return { id, properties };
}

it('has a function for each row, and no other', () => {
  expect(Object.keys(lambdas)).toHaveLength(functions.length);
});

it("has a role for each function, and one for API Gateway's logs", () => {
  expect(Object.keys(roles)).toHaveLength(functions.length + 1);
  template.resourceCountIs('AWS::IAM::Policy', functions.filter(({ actions }) => actions.kmsKey).length);
  template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
});

describe.each(functions)('$name', ({ name, actions, settings, timeout, memory }) => {
  const { properties } = functionOf(name);

  it('runs on Node 24 and arm64, with the memory and timeout of its row', () => {
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: memory,
      Timeout: timeout,
    });
  });

  it('has a longer timeout than a call to a store may take', () => {
    const pauses = Array.from({ length: maxAttempts - 1 }, (_, retry) => Retry.throttlingDelay() * 2 ** retry);
    const longest = pauses.reduce((sum, pause) => sum + pause, maxAttempts * answerTimeout);
    expect(timeout * 1000).toBeGreaterThan(longest);
  });

  it('has its own role and log, with a retention of 30 days', () => {
    const sharing = Object.values(lambdas).filter(
      ({ Properties: other }) =>
        other.Role['Fn::GetAtt'][0] === properties.Role['Fn::GetAtt'][0] ||
        other.LoggingConfig.LogGroup.Ref === properties.LoggingConfig.LogGroup.Ref,
    );
    expect(sharing).toHaveLength(1);
    expect(logGroups[properties.LoggingConfig.LogGroup.Ref]?.Properties.RetentionInDays).toBe(30);
  });

  it('has the stores and settings of its row and no others', () => {
    expect(properties.Environment?.Variables ?? {}).toEqual({
      ...Object.fromEntries(settings.map((setting) => [setting, settingDefaults[setting]])),
      ...(actions.table && { TABLE_NAME: { Ref: table } }),
      ...(actions.bucket && { BUCKET_NAME: { Ref: bucket } }),
      ...(actions.kmsKey && { KMS_KEY_ID: arn(kmsKey) }),
      ...(actions.adminKey && { ADMIN_KEY_SECRET: { Ref: adminKey } }),
    });
  });
});

describe.each(endpoints)('$name', ({ name, method, path, stream, timeout }) => {
  const { id } = functionOf(name);
  const offered = method === 'GET' ? ['GET', 'HEAD'] : [method];

  it.each(offered)('answers %s at its path', (offer) => {
    const found = routes.filter((route) => route.path === path && route.method === offer);
    expect(found).toHaveLength(1);
    const { Type, Uri, TimeoutInMillis, ResponseTransferMode } = found[0]?.integration ?? {};
    expect(Type).toBe('AWS_PROXY');
    const uri = Uri['Fn::Join'][1];
    expect(uri).toContainEqual(arn(id));
    expect(uri.at(-1)).toBe(stream ? '/response-streaming-invocations' : '/invocations');
    expect(ResponseTransferMode).toBe(stream && 'STREAM');
    expect(TimeoutInMillis).toBe(stream ? (timeout + 15) * 1000 : 29_000);
  });

  it('can only be called by its own routes', () => {
    const sources = permissions
      .filter(({ Properties }) => Properties.FunctionName['Fn::GetAtt'][0] === id)
      .map(({ Properties }) => Properties.SourceArn['Fn::Join'][1].at(-1));
    const pattern = path.replaceAll(/\{[^}]+\}/g, '*');
    expect(sources.toSorted()).toEqual(offered.map((offer) => `/${offer}${pattern}`).toSorted());
  });
});

it('has a longer timeout at API Gateway than in Lambda', () => {
  for (const { timeout, stream } of endpoints) expect(timeout).toBeLessThan(stream ? 15 * 60 - 15 : 29);
});

describe('the authorizer', () => {
  const { id } = functionOf(authorizer.name);
  const { id: authorizerId, resource } = only(template, 'AWS::ApiGateway::Authorizer');

  it('is called before each call of a route that is not open', () => {
    const expected = endpoints.flatMap(({ method, path, access }) =>
      (method === 'GET' ? ['GET', 'HEAD'] : [method]).map((verb) => [
        `${verb} ${path}`,
        access === 'open' ? 'NONE' : 'CUSTOM',
      ]),
    );
    const found = Object.fromEntries(routes.map((route) => [`${route.method} ${route.path}`, route]));
    for (const [route, type] of expected) {
      const { authorizationType, authorizerId: asked } = found[route ?? ''] ?? {};
      expect({ route, authorizationType, asked }).toEqual({
        route,
        authorizationType: type,
        asked: type === 'CUSTOM' ? { Ref: authorizerId } : undefined,
      });
    }
  });

  it("has its own cache instead of API Gateway's", () => {
    expect(resource.Properties).toMatchObject({ Type: 'REQUEST', AuthorizerResultTtlInSeconds: 0 });
    expect(resource.Properties.IdentitySource).toBe('');
    expect(JSON.stringify(resource.Properties.AuthorizerUri)).toContain(id);
  });
});
