/** The input of `sam local start-api`: the stack's template, adapted for it, and the environment of the functions. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { App } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { readableBundles } from '../../stack/bundling.ts';
import { readContext } from '../../stack/context.ts';
import { PersonasStack } from '../../stack/personas-stack.ts';
import { type Addresses, addressVariables, bucket, identityVariables, settings } from '../environment.ts';
import type { Credentials } from '../signature.ts';
import { hostsFor } from './container-access.ts';

export interface SamOptions {
  /** SAM's port on 127.0.0.1. */
  readonly port: number;
  readonly auth: boolean;
  readonly liveOpenAi: boolean;
  /** The address of this machine that containers reach. Default: the engine's. */
  readonly hostAddress?: string | undefined;
}

export interface SamFiles {
  readonly template: string;
  readonly envVars: string;
}

const envVarsFile = 'env-vars.json';

/** Writes template, bundles and environment into `directory`, and replaces those of an earlier run. */
export async function writeSamFiles(
  directory: string,
  addresses: Addresses,
  credentials: Credentials,
  options: Pick<SamOptions, 'liveOpenAi'>,
): Promise<SamFiles> {
  await removeEarlierFiles(directory);
  const added = { ...identityVariables(credentials), ...addressVariables(addresses, options) };
  const envVars = join(directory, envVarsFile);
  await writeFile(envVars, `${JSON.stringify({ Parameters: { ...settings, ...added } }, undefined, 2)}\n`, {
    mode: 0o600,
  });

  const template = synthesise(directory);
  const adapted = forSam(JSON.parse(await readFile(template, 'utf8')), Object.keys(added));
  await writeFile(template, JSON.stringify(adapted, undefined, 1));
  return { template, envVars };
}

/** Removes the files of an earlier run. Throws if there are other files. */
async function removeEarlierFiles(directory: string): Promise<void> {
  const found = existsSync(directory) ? await readdir(directory) : [];
  if (found.length > 0 && !found.includes(envVarsFile)) {
    throw new Error(
      `${directory} has files that this program did not write. Move them, or use another directory with --data.`,
    );
  }
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
}

/** Synthesises the stack into `directory`. Returns the path of the template. */
function synthesise(directory: string): string {
  const context = {
    ...recommendedFlags,
    'aws:cdk:enable-asset-metadata': true,
    [readableBundles]: true,
    stage: settings.STAGE,
  };
  // CDK's validation is for templates that are deployed.
  const app = new App({ outdir: directory, context, builtinCloudFormationValidation: false });
  const { artifactId } = new PersonasStack(app, `personas-api-${settings.STAGE}`, { context: readContext(app.node) });
  return app.synth().getStackArtifact(artifactId).templateFullPath;
}

/** The part of a CloudFormation template that is read and changed. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
}

/**
 * Adapts the stack's template for SAM, with these environment variables in the functions. It is never deployed. SAM's source shows how it reads
 * templates, here version 1.170: https://github.com/aws/aws-sam-cli/blob/develop/samcli/lib/providers/cfn_api_provider.py
 */
export function forSam({ Resources, ...rest }: Template, variables: readonly string[]): Template {
  // SAM reads a method ANY as routes of all methods, without a function, which would hide the functions of the path.
  const isKept = ([, { Type, Properties }]: [string, Resource]) =>
    Type !== 'AWS::ApiGateway::Method' || Properties?.HttpMethod !== 'ANY';
  const kept = Object.fromEntries(Object.entries(Resources).filter(isKept));
  const adapted = Object.entries(kept).map(([id, { DependsOn = [], ...resource }]) => {
    const others = [DependsOn].flat().filter((other) => other in kept);
    const waiting = others.length > 0 ? { ...resource, DependsOn: others } : resource;
    return [id, resource.Type === 'AWS::Lambda::Function' ? functionForSam(waiting, variables) : waiting];
  });
  return {
    ...rest,
    // Lambda refuses some of these variables, SAM accepts them; so cfn-lint ignores them.
    Metadata: { 'cfn-lint': { config: { ignore_checks: ['E3663'] } } },
    Resources: { ...Object.fromEntries(adapted), BinaryMediaTypes: binaryMediaTypes },
  } as Template;
}

function functionForSam({ Properties, ...rest }: Resource, variables: readonly string[]): Resource {
  const { Variables } = (Properties?.Environment ?? {}) as { Variables?: object };
  // SAM passes only those variables of the environment file on that the template has.
  const named = Object.fromEntries(variables.map((name) => [name, '']));
  return {
    ...rest,
    Properties: {
      ...Properties,
      Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
      Environment: { Variables: { ...Variables, ...named } },
    },
  };
}

/**
 * A buffered image or compressed page is in base64. SAM decodes it if any API of the template has its exact Content-Type as a binary media type, and a
 * body; the stack's API has resources instead of a body, so this adds another one.
 */
const binaryMediaTypes: Resource = {
  Type: 'AWS::ApiGateway::RestApi',
  Properties: {
    BinaryMediaTypes: ['image/png', 'image/jpeg', 'image/webp', 'text/html; charset=utf-8'],
    Body: { swagger: '2.0', info: { title: 'No routes', version: '1' }, paths: {} },
  },
};

/** The arguments of `sam`. Paths are relative to the current directory. */
export function samArguments({ template, envVars }: SamFiles, { port, auth, hostAddress }: SamOptions): string[] {
  const file = (path: string) => relative(process.cwd(), path);
  return [
    ...['local', 'start-api', '--template', file(template), '--env-vars', file(envVars)],
    ...['--port', String(port), '--warm-containers', 'LAZY'],
    ...hostsFor(bucket).flatMap((host) => ['--add-host', `${host}:${hostAddress ?? 'host-gateway'}`]),
    ...(auth ? [] : ['--disable-authorizer']),
  ];
}
