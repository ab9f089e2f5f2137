import { RootConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { functions } from '../../lib/contract/functions.ts';
import { readContext } from '../../lib/stack/context.ts';
import { only, synthesise } from './synthesise.ts';

const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/2b5d5c1e';

function read(context: Record<string, unknown>) {
  const { node } = new RootConstruct();
  for (const [key, value] of Object.entries(context)) node.setContext(key, value);
  return readContext(node);
}

describe('the context', () => {
  it('has defaults for everything', () => {
    expect(read({})).toEqual({
      stage: 'prod',
      corsOrigins: ['*'],
      corsHeaders: [],
      imageModel: 'gpt-image-2.6-flare',
      styleReferences: 4,
      maxImagesPerDay: 1_000,
      keepPortraits: 20,
      retainData: true,
      throttleRate: 100,
      throttleBurst: 200,
      dashboard: true,
    });
  });

  it('is the same from the command line as from cdk.json', () => {
    const fromShell = read({
      corsOrigins: 'https://a.example, https://b.example',
      styleReferences: '16',
      retainData: 'false',
    });
    const fromFile = read({
      corsOrigins: ['https://a.example', 'https://b.example'],
      styleReferences: 16,
      retainData: false,
    });
    expect(fromShell).toEqual(fromFile);
    expect(fromFile).toMatchObject({ corsOrigins: ['https://a.example', 'https://b.example'], retainData: false });
  });

  it.each([
    ['stage', 'Prod', /"stage" must be 1 to 20 lower-case letters.*, not "Prod"/],
    ['stage', 'a-name-longer-than-twenty', /"stage" must be 1 to 20/],
    ['corsOrigins', '', /"corsOrigins" must be "\*" or origins/],
    ['corsOrigins', 'app.example.com', /"corsOrigins" must be/],
    ['corsOrigins', 'https://app.example.com/', /without a path/],
    ['corsOrigins', '*,https://app.example.com', /"corsOrigins" must be/],
    ['corsHeaders', 'x-b3-traceid,', /"corsHeaders" must be names of headers/],
    ['corsHeaders', 'a b', /"corsHeaders" must be names of headers/],
    ['maxImagesPerDay', '-1', /"maxImagesPerDay" must be a whole number from 0/],
    ['keepPortraits', 'all', /"keepPortraits" must be a whole number from 0/],
    ['corsOrigins', 7, /"corsOrigins" must be/],
    ['imageModel', '', /"imageModel" must be the name of a model/],
    ['imageModel', 'two words', /"imageModel" must be the name of a model/],
    ['styleReferences', 0, /"styleReferences" must be a whole number from 1 to 16, not 0/],
    ['styleReferences', '17', /"styleReferences" must be a whole number from 1 to 16, not "17"/],
    ['styleReferences', 'four', /"styleReferences" must be a whole number/],
    ['styleReferences', 1.5, /"styleReferences" must be a whole number/],
    ['retainData', 'no', /"retainData" must be true or false, not "no"/],
    ['throttleRate', 0, /"throttleRate" must be a whole number from 1 to 10000/],
    ['dashboard', 'no', /"dashboard" must be true or false/],
    ['alarmEmail', 'nobody', /"alarmEmail" must be an e-mail address/],
    ['restoredStream', 'arn:aws:dynamodb:x:1:table/a', /"restoredStream" must be the ARN of a table's stream/],
    ['throttleBurst', 'many', /"throttleBurst" must be a whole number from 1 to 5000/],
    ['domainName', 'https://personas.example.com', /"domainName" must be a domain name/],
    ['certificateArn', 'abc', /"certificateArn" must be the ARN/],
  ])('refuses %s=%j', (key, value, message) => {
    expect(() => read({ [key]: value })).toThrow(message);
  });

  it('names every invalid option', () => {
    expect(() => read({ stage: '!', retainData: 1 })).toThrow(/"stage".*\n.*"retainData"/);
  });

  it('needs both a domain and its certificate', () => {
    expect(() => read({ domainName: 'personas.example.com' })).toThrow(/"certificateArn" must be given too/);
    expect(() => read({ certificateArn })).toThrow(/"domainName" must be given too/);
    expect(read({ domainName: 'personas.example.com', certificateArn })).toMatchObject({ certificateArn });
  });
});

describe('the options of a deployment', () => {
  const template = synthesise({
    stage: 'a-stage-of-20-letter',
    imageModel: 'gpt-image-1',
    styleReferences: 2,
    throttleRate: 5,
    throttleBurst: 6,
    domainName: 'personas.example.com',
    certificateArn,
  });

  it.each(functions.filter(({ settings }) => settings.includes('IMAGE_MODEL')))('reach $name', ({ name }) => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: `personas-api-a-stage-of-20-letter-${name}`,
      Environment: { Variables: { IMAGE_MODEL: 'gpt-image-1', STYLE_REFERENCES: '2' } },
    });
  });

  it('have names that Lambda accepts', () => {
    for (const { Properties } of Object.values(template.findResources('AWS::Lambda::Function'))) {
      expect(Properties.FunctionName.length).toBeLessThanOrEqual(64);
    }
  });

  it('reach the stage', () => {
    const { MethodSettings, StageName } = only(template, 'AWS::ApiGateway::Stage').resource.Properties;
    expect(StageName).toBe('a-stage-of-20-letter');
    expect(MethodSettings).toContainEqual(expect.objectContaining({ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 6 }));
  });

  it('put the API behind the domain, with its certificate and without old TLS', () => {
    template.hasResourceProperties('AWS::ApiGateway::DomainName', {
      DomainName: 'personas.example.com',
      RegionalCertificateArn: certificateArn,
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
      EndpointAccessMode: 'STRICT',
    });
    expect(only(template, 'AWS::ApiGateway::BasePathMapping').resource.Properties.BasePath).toBeUndefined();
    template.hasOutput('ApiUrl', { Value: 'https://personas.example.com' });
    template.hasOutput('DomainTarget', {});
  });
});

it('outputs the URL, the table and the bucket', () => {
  const template = synthesise({ stage: 'dev' });
  const outputs = template.findOutputs('*');
  expect(Object.keys(outputs)).toEqual([
    'ApiUrl',
    'AdminKeyCommand',
    'TableName',
    'BucketName',
    'KeepPortraits',
    'DashboardUrl',
  ]);
  const url: unknown[] = outputs.ApiUrl?.Value['Fn::Join'][1];
  expect(url).toEqual([
    'https://',
    { Ref: only(template, 'AWS::ApiGateway::RestApi').id },
    '.execute-api.',
    { Ref: 'AWS::Region' },
    '.',
    { Ref: 'AWS::URLSuffix' },
    '/dev',
  ]);
  expect(outputs.TableName?.Value).toEqual({ Ref: only(template, 'AWS::DynamoDB::Table').id });
  expect(outputs.BucketName?.Value).toEqual({ Ref: only(template, 'AWS::S3::Bucket').id });
});
