import { ResponseType } from 'aws-cdk-lib/aws-apigateway';
import { describe, expect, it } from 'vitest';
import { corsAllowedHeaders, corsExposedHeaders } from '../../lib/contract/cors.ts';
import { endpoints, functions } from '../../lib/contract/functions.ts';
import { gatewayResponses } from '../../lib/contract/gateway-responses.ts';
import { methods, only, synthesise } from './synthesise.ts';

const template = synthesise();
const severalOrigins = synthesise({
  corsOrigins: 'https://a.example,https://b.example',
  corsHeaders: 'x-b3-traceid, uber-trace-id',
});

const paths = Map.groupBy(endpoints, ({ path }) => path);

const offeredAt = (path: string) => {
  const named: string[] = (paths.get(path) ?? []).map(({ method }) => method);
  return [...named, ...(named.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
};

const gatewayResponsesOf = (of: typeof template) =>
  Object.values(of.findResources('AWS::ApiGateway::GatewayResponse')).map(({ Properties }) => Properties);

function mockAt(of: typeof template, at: string, verb: string) {
  const route = methods(of).find(({ path, method }) => path === at && method === verb);
  expect(route?.integration.Type).toBe('MOCK');
  const [response] = route?.integration.IntegrationResponses ?? [];
  const headers: Record<string, string> = Object.fromEntries(
    Object.entries<string>(response.ResponseParameters).map(([name, value]) => [
      name.replace('method.response.header.', ''),
      value,
    ]),
  );
  const declared = route?.responses[0];
  expect(declared.StatusCode).toBe(response.StatusCode);
  expect(Object.keys(declared.ResponseParameters)).toEqual(Object.keys(response.ResponseParameters));
  return { status: response.StatusCode, headers, template: response.ResponseTemplates?.['application/json'] };
}

it('has the routes of the table with HEAD, a preflight and 405, and no others', () => {
  const expected = [...paths.keys()].flatMap((path) =>
    [...offeredAt(path), 'ANY'].map((method) => `${method} ${path}`),
  );
  const actual = methods(template).map(({ method, path }) => `${method} ${path}`);
  expect(actual.toSorted()).toEqual(expected.toSorted());
});

describe.each([...paths.keys()])('%s', (path) => {
  const offered = offeredAt(path);

  it('answers 405 in the shape of all errors', () => {
    const { status, headers, template: body } = mockAt(template, path, 'ANY');
    expect(status).toBe('405');
    expect(headers).toMatchObject({
      Allow: `'${offered.join(', ')}'`,
      'Access-Control-Allow-Origin': "'*'",
      'Access-Control-Expose-Headers': `'${corsExposedHeaders.join(',')}'`,
      'Cache-Control': "'private, no-cache'",
      'X-Request-Id': 'context.requestId',
    });
    expect(JSON.parse(body)).toEqual({
      error: `Method not allowed. Use one of ${offered.join(', ')}.`,
      code: 'method_not_allowed',
      requestId: '$context.requestId',
    });
  });

  it('answers a preflight with its methods and the allowed headers', () => {
    const { status, headers } = mockAt(template, path, 'OPTIONS');
    expect(status).toBe('204');
    expect(headers).toMatchObject({
      'Access-Control-Allow-Origin': "'*'",
      'Access-Control-Allow-Methods': `'${offered.join(',')}'`,
      'Access-Control-Allow-Headers': `'${corsAllowedHeaders.join(',')}'`,
      'Access-Control-Max-Age': "'86400'",
      'X-Request-Id': 'context.requestId',
    });
    expect(mockAt(severalOrigins, path, 'OPTIONS').headers['Access-Control-Allow-Headers']).toBe(
      `'${[...corsAllowedHeaders, 'x-b3-traceid', 'uber-trace-id'].join(',')}'`,
    );
  });
});

describe('the gateway itself', () => {
  const responses = gatewayResponsesOf(template);

  it('has an answer for every response type', () => {
    const known = Object.values(ResponseType).map((type) => type.responseType);
    expect(known.length).toBeGreaterThan(20);
    expect(responses.map(({ ResponseType: type }) => type).toSorted()).toEqual(known.toSorted());
  });

  it.each(responses)('answers $ResponseType in the shape of all errors', (response) => {
    const type = response.ResponseType as keyof typeof gatewayResponses;
    const answer = gatewayResponses[type];
    expect(response.StatusCode).toBe(answer.status && String(answer.status));
    const body = JSON.parse(response.ResponseTemplates['application/json']);
    expect(body).toEqual({ error: answer.error, code: answer.code, requestId: '$context.requestId' });
    expect(answer.code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(response.ResponseParameters).toEqual({
      'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
      'gatewayresponse.header.Access-Control-Expose-Headers': `'${corsExposedHeaders.join(',')}'`,
      'gatewayresponse.header.Cache-Control': "'private, no-cache'",
      'gatewayresponse.header.X-Request-Id': 'context.requestId',
      ...(answer.retryAfter && { 'gatewayresponse.header.Retry-After': `'${answer.retryAfter}'` }),
    });
  });

  it.each([
    ['MISSING_AUTHENTICATION_TOKEN', 404, 'route_not_found'],
    ['RESOURCE_NOT_FOUND', 404, 'route_not_found'],
    ['INVALID_SIGNATURE', 404, 'route_not_found'],
    ['UNAUTHORIZED', 401, 'unauthorized'],
    ['ACCESS_DENIED', 403, 'forbidden'],
    ['REQUEST_TOO_LARGE', 413, 'request_too_large'],
    ['UNSUPPORTED_MEDIA_TYPE', 415, 'unsupported_media_type'],
    ['THROTTLED', 429, 'throttled'],
    ['INTEGRATION_TIMEOUT', 504, 'timeout'],
    ['INTEGRATION_FAILURE', 500, 'internal_error'],
    ['DEFAULT_5XX', 500, 'internal_error'],
  ] as const)('answers %s with %i %s', (type, status, code) => {
    expect(gatewayResponses[type]).toMatchObject({ status, code });
  });

  it('reveals no internals', () => {
    const texts = Object.values(gatewayResponses)
      .filter(({ status = 0 }) => status === 500)
      .map(({ error }) => error);
    expect(new Set(texts)).toEqual(new Set(['Internal server error']));
  });

  it.each(Object.entries(gatewayResponses))('has Retry-After if %s is temporary', (_type, answer) => {
    expect(answer.retryAfter !== undefined).toBe(answer.status === 429 || answer.status === 503);
  });
});

describe('with several origins', () => {
  it.each(['OPTIONS', 'ANY'])('has the caller’s origin in a %s if it is allowed', (method) => {
    const { headers, template: body } = mockAt(severalOrigins, '/api/projects', method);
    expect(headers).toMatchObject({ 'Access-Control-Allow-Origin': "'https://a.example'", Vary: "'Origin'" });
    expect(body).toContain('#if($origin == "https://a.example" || $origin == "https://b.example")');
    expect(body).toContain('#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)');
  });

  it('lets the calling page read gateway errors', () => {
    for (const { ResponseParameters: headers } of gatewayResponsesOf(severalOrigins)) {
      expect(headers).toMatchObject({
        'gatewayresponse.header.Access-Control-Allow-Origin': 'method.request.header.Origin',
        'gatewayresponse.header.Vary': "'Origin'",
      });
    }
  });

  it('tells the functions', () => {
    const told = Object.values(severalOrigins.findResources('AWS::Lambda::Function'))
      .filter(
        ({ Properties }) => Properties.Environment.Variables.CORS_ORIGINS === 'https://a.example,https://b.example',
      )
      .map(({ Properties }) => Properties.FunctionName);
    const reading = functions.filter(({ settings }) => settings.includes('CORS_ORIGINS'));
    expect(told.toSorted()).toEqual(reading.map(({ name }) => `personas-api-prod-${name}`).toSorted());
  });
});

describe('the stage', () => {
  const { resource } = only(template, 'AWS::ApiGateway::Stage');

  it('has the name of the option and throttling', () => {
    expect(resource.Properties.StageName).toBe('prod');
    const own = endpoints.filter(({ throttle }) => throttle);
    expect(own).not.toEqual([]);
    expect(resource.Properties.MethodSettings).toEqual([
      expect.objectContaining({
        HttpMethod: '*',
        ResourcePath: '/*',
        ThrottlingRateLimit: 100,
        ThrottlingBurstLimit: 200,
      }),
      ...own.map(({ method, path, throttle }) =>
        expect.objectContaining({
          HttpMethod: method,
          ResourcePath: `/${path.replaceAll('/', '~1')}`,
          ThrottlingRateLimit: throttle?.rate,
          ThrottlingBurstLimit: throttle?.burst,
        }),
      ),
    ]);
  });

  it('throttles no route above the stage', () => {
    const { resource: slow } = only(synthesise({ throttleRate: 1, throttleBurst: 2 }), 'AWS::ApiGateway::Stage');
    for (const settings of slow.Properties.MethodSettings)
      expect(settings).toMatchObject({ ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 });
  });

  it('logs JSON with the id of the key, without queries, headers and IP addresses', () => {
    const written: string = resource.Properties.AccessLogSetting.Format;
    // Numbers are not in quotes.
    const format: Record<string, string> = JSON.parse(written.replaceAll(/:(\$context\.\w+)/g, ':"$1"'));
    expect(JSON.parse(written.replaceAll(/:\$context\.\w+/g, ':1'))).toMatchObject({
      status: 1,
      bytes: 1,
      milliseconds: 1,
    });
    expect(format).toMatchObject({ requestId: '$context.requestId', path: '$context.resourcePath' });
    const { key, ...others } = format;
    expect(key).toBe('$context.authorizer.principalId');
    for (const value of Object.values(others)) {
      expect(value).toMatch(/^\$context\.[A-Za-z.]+$/);
      expect(value).not.toMatch(/identity|authorizer|override|context\.path$|domain/i);
    }
  });

  it("creates the account's role for logs, which stays", () => {
    expect(only(template, 'AWS::ApiGateway::Account').resource.DeletionPolicy).toBe('Retain');
  });
});

it('is regional and needs TLS 1.2', () => {
  template.hasResourceProperties('AWS::ApiGateway::RestApi', {
    EndpointConfiguration: { Types: ['REGIONAL'] },
    SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
    EndpointAccessMode: 'STRICT',
  });
});

it('has a firewall and a limit of concurrent drawings, if they are set', () => {
  template.resourceCountIs('AWS::WAFv2::WebACLAssociation', 0);
  const webAclArn = 'arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/personas/1';
  const guarded = synthesise({ webAclArn, maxPortraitsAtOnce: 3 });
  guarded.hasResourceProperties('AWS::WAFv2::WebACLAssociation', { WebACLArn: webAclArn });
  const bounded = guarded.findResources('AWS::Lambda::Function', { Properties: { ReservedConcurrentExecutions: 3 } });
  expect(Object.values(bounded).map(({ Properties }) => Properties.FunctionName)).toEqual(
    functions.filter(({ concurrency }) => concurrency).map(({ name }) => `personas-api-prod-${name}`),
  );
});
