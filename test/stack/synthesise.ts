import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { afterAll } from 'vitest';
import { readContext } from '../../lib/stack/context.ts';
import { PersonasStack, type PersonasStackProps } from '../../lib/stack/personas-stack.ts';

export const outdir = mkdtempSync(join(tmpdir(), 'personas-stack-'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

/** The stack of bin/personas-api.ts, without bundling and validation, which another test does. */
export function makeStack(
  given: Record<string, unknown> = {},
  props: AppProps = {},
  more: Pick<PersonasStackProps, 'workers'> = {},
): PersonasStack {
  const app = new App({
    outdir,
    builtinCloudFormationValidation: false,
    ...props,
    context: { ...recommendedFlags, 'aws:cdk:bundling-stacks': [], ...given },
  });
  const context = readContext(app.node);
  return new PersonasStack(app, `personas-api-${context.stage}`, { context, ...more });
}

/** Its template. */
export const synthesise = (given?: Record<string, unknown>): Template => Template.fromStack(makeStack(given));

/** A context with every option. */
export const everything = {
  stage: 'a-stage-of-20-letter',
  corsOrigins: 'https://a.example,https://b.example',
  corsHeaders: 'x-b3-traceid',
  imageModel: 'gpt-image-1',
  styleReferences: 2,
  maxImagesPerDay: 100,
  keepPortraits: 5,
  retainData: true,
  throttleRate: 5,
  throttleBurst: 6,
  maxPortraitsAtOnce: 3,
  dashboard: true,
  alarmEmail: 'operator@example.com',
  webAclArn: 'arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/personas/1',
  domainName: 'personas.example.com',
  certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/2b5d5c1e',
};

/** The only resource of a type. */
export function only(template: Template, type: string) {
  const found = Object.entries(template.findResources(type));
  const [entry] = found;
  if (!entry || found.length > 1) throw new Error(`${found.length} resources of type ${type}`);
  const [id, resource] = entry;
  return { id, resource };
}

/** All methods of the API with their paths. */
export function methods(template: Template) {
  const resources = template.findResources('AWS::ApiGateway::Resource');
  const pathOf = (id: string | undefined): string => {
    const resource = id && resources[id]?.Properties;
    return resource ? `${pathOf(resource.ParentId.Ref)}/${resource.PathPart}` : '';
  };
  return Object.values(template.findResources('AWS::ApiGateway::Method')).map(({ Properties: properties }) => ({
    path: pathOf(properties.ResourceId.Ref) || '/',
    method: String(properties.HttpMethod),
    authorizationType: properties.AuthorizationType,
    authorizerId: properties.AuthorizerId,
    integration: properties.Integration,
    responses: properties.MethodResponses,
  }));
}
