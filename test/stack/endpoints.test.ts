import { Retry } from '@smithy/core/retry';
import { describe, expect, it } from 'vitest';
import { patience } from '../../functions/storage/patience.ts';
import { defaultTimeout, endpoints } from '../../lib/contract/functions.ts';
import { methods, only, synthesise } from './synthesise.ts';

const template = synthesise();
const functions = template.findResources('AWS::Lambda::Function');
const roles = template.findResources('AWS::IAM::Role');
const logGroups = template.findResources('AWS::Logs::LogGroup');
const permissions = Object.values(template.findResources('AWS::Lambda::Permission'));
const routes = methods(template);

const table = only(template, 'AWS::DynamoDB::Table').id;
const bucket = only(template, 'AWS::S3::Bucket').id;
const key = only(template, 'AWS::KMS::Key').id;

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

const many = (value: unknown) => (Array.isArray(value) ? value : [value]);

function functionOf(name: string) {
  const found = Object.entries(functions).filter(
    ([, { Properties }]) => Properties.FunctionName === `personas-api-prod-${name}`,
  );
  expect(found).toHaveLength(1);
  const [id, { Properties: properties }] = found[0] as (typeof found)[number];
  return { id, properties };
}

it('has a function for each endpoint, the authorizer, and no other', () => {
  expect(Object.keys(functions)).toHaveLength(endpoints.length + 1);
});

it('has a role for each function, and one by which API Gateway writes logs', () => {
  expect(Object.keys(roles)).toHaveLength(endpoints.length + 2);
  template.resourceCountIs('AWS::IAM::Policy', endpoints.filter(({ uses }) => uses.key).length);
  template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
});

describe.each(endpoints)('$name', ({ name, method, path, uses, stream, timeout = defaultTimeout, memory = 512 }) => {
  const { id, properties } = functionOf(name);

  it('runs on Node 24 and arm64, with the memory and the time of its row', () => {
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: memory,
      Timeout: timeout,
    });
  });

  it('has more time than a call to a store may take, and API Gateway waits longer', () => {
    const { maxAttempts, requestHandler } = patience;
    const pauses = Array.from({ length: maxAttempts - 1 }, (_, retry) => Retry.throttlingDelay() * 2 ** retry);
    const longest = pauses.reduce((sum, pause) => sum + pause, maxAttempts * requestHandler.requestTimeout);
    expect(timeout * 1000).toBeGreaterThan(longest);
    if (!stream) expect(timeout).toBeLessThan(29);
  });

  it('may do what its row says and write its own log, and nothing else', () => {
    const role = roles[properties.Role['Fn::GetAtt'][0]]?.Properties;
    expect(role.ManagedPolicyArns).toBeUndefined();
    expect(role.Policies).toHaveLength(1);
    const attached = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
      Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === properties.Role['Fn::GetAtt'][0]),
    );
    const policies = [...role.Policies, ...attached.map(({ Properties }) => Properties)];
    const granted = policies
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .map((statement: Record<string, unknown>) => ({
        ...statement,
        Action: many(statement.Action).toSorted(),
      }));
    const allow = (service: string, actions: readonly string[], resource: unknown) => ({
      Effect: 'Allow',
      Action: actions.map((action) => `${service}:${action}`).toSorted(),
      Resource: resource,
    });
    expect(granted).toEqual([
      allow('logs', ['CreateLogStream', 'PutLogEvents'], arn(properties.LoggingConfig.LogGroup.Ref)),
      ...(uses.table ? [allow('dynamodb', uses.table, arn(table))] : []),
      ...(uses.bucket ? [allow('s3', uses.bucket, { 'Fn::Join': ['', [arn(bucket), '/projects/*']] })] : []),
      ...(uses.key
        ? [
            {
              ...allow('kms', uses.key, arn(key)),
              Condition: {
                'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['projectId'] },
                Null: { 'kms:EncryptionContextKeys': 'false' },
              },
            },
          ]
        : []),
    ]);
  });

  it('has a role and a log of its own, kept for a month', () => {
    const sharing = Object.values(functions).filter(
      ({ Properties: other }) =>
        other.Role['Fn::GetAtt'][0] === properties.Role['Fn::GetAtt'][0] ||
        other.LoggingConfig.LogGroup.Ref === properties.LoggingConfig.LogGroup.Ref,
    );
    expect(sharing).toHaveLength(1);
    expect(logGroups[properties.LoggingConfig.LogGroup.Ref]?.Properties.RetentionInDays).toBe(30);
  });

  it('knows the stores that it uses and no other', () => {
    expect(properties.Environment.Variables).toEqual({
      CORS_ORIGINS: '*',
      ...(uses.table && { TABLE_NAME: { Ref: table } }),
      ...(uses.bucket && { BUCKET_NAME: { Ref: bucket } }),
      ...(uses.key && { KEY_ID: arn(key) }),
      ...(name === 'generate-image' && {
        IMAGE_MODEL: 'gpt-image-2.6-flare',
        STYLE_REFERENCES: '4',
        PROVIDER_TIMEOUT_MS: '240000',
      }),
      ...(name === 'create-key' && { STAGE: 'prod' }),
    });
  });

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

  it('lets its own routes call it and no other', () => {
    const sources = permissions
      .filter(({ Properties }) => Properties.FunctionName['Fn::GetAtt'][0] === id)
      .map(({ Properties }) => Properties.SourceArn['Fn::Join'][1].at(-1));
    const pattern = path.replaceAll(/\{[^}]+\}/g, '*');
    expect(sources.toSorted()).toEqual(offered.map((offer) => `/${offer}${pattern}`).toSorted());
  });
});

it('streams four endpoints, and gives a portrait its 285 seconds', () => {
  const streamed = endpoints.filter(({ stream }) => stream).map(({ name }) => name);
  expect(streamed.toSorted()).toEqual(['generate-image', 'get-docs', 'get-image', 'list-personas']);
  const portrait = routes.find(({ path, method }) => path.endsWith('/generate-image') && method === 'POST');
  expect(portrait?.integration.TimeoutInMillis).toBe(285_000);
});

describe('the authorizer', () => {
  const { id, properties } = functionOf('authorize');
  const { id: authorizer, resource } = only(template, 'AWS::ApiGateway::Authorizer');
  const { id: secret } = only(template, 'AWS::SecretsManager::Secret');

  it('is asked before each call of a route that is not open', () => {
    const expected = endpoints.flatMap(({ method, path, access }) =>
      (method === 'GET' ? ['GET', 'HEAD'] : [method]).map((verb) => [
        `${verb} ${path}`,
        access === 'open' ? 'NONE' : 'CUSTOM',
      ]),
    );
    const found = Object.fromEntries(routes.map((route) => [`${route.method} ${route.path}`, route]));
    for (const [route, type] of expected) {
      const { authorizationType, authorizerId } = found[route ?? ''] ?? {};
      expect({ route, authorizationType, authorizerId }).toEqual({
        route,
        authorizationType: type,
        authorizerId: type === 'CUSTOM' ? { Ref: authorizer } : undefined,
      });
    }
  });

  it('remembers by itself, so that API Gateway asks each time and needs no certain header', () => {
    expect(resource.Properties).toMatchObject({ Type: 'REQUEST', AuthorizerResultTtlInSeconds: 0 });
    expect(resource.Properties.IdentitySource).toBe('');
    expect(JSON.stringify(resource.Properties.AuthorizerUri)).toContain(id);
  });

  it('may look a key up and read the admin key, and nothing else', () => {
    const granted = roles[properties.Role['Fn::GetAtt'][0]]?.Properties.Policies[0].PolicyDocument.Statement;
    expect(granted.slice(1)).toEqual([
      { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: arn(table) },
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: { Ref: secret } },
    ]);
    expect(properties.Environment.Variables).toEqual({ TABLE_NAME: { Ref: table }, ADMIN_KEY_SECRET: { Ref: secret } });
  });
});
