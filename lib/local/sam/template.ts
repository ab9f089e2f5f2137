/** What `sam local start-api` is given: the stack's template, as it can read it, and the environment of the functions. */
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
  /** Where SAM listens on 127.0.0.1. */
  readonly port: number;
  readonly auth: boolean;
  readonly liveOpenAi: boolean;
  /** The address of this machine that containers reach; without one the engine's own choice. */
  readonly hostAddress?: string | undefined;
}

export interface SamFiles {
  readonly template: string;
  readonly envVars: string;
}

const envVarsFile = 'env-vars.json';

/** Writes the template, the bundles and the environment into `directory`, in place of what lies there. */
export async function writeSamFiles(
  directory: string,
  addresses: Addresses,
  credentials: Credentials,
  options: Pick<SamOptions, 'liveOpenAi'>,
): Promise<SamFiles> {
  await makeRoom(directory);
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

/** Removes the files of an earlier run. Throws where there are others. */
async function makeRoom(directory: string): Promise<void> {
  const found = existsSync(directory) ? await readdir(directory) : [];
  if (found.length > 0 && !found.includes(envVarsFile)) {
    throw new Error(`${directory} holds files of somebody else. Move them, or take another folder with --data.`);
  }
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
}

/** The template of the stack, in `directory` with its bundles. Answers its file. */
function synthesise(directory: string): string {
  const context = {
    ...recommendedFlags,
    'aws:cdk:enable-asset-metadata': true,
    [readableBundles]: true,
    stage: settings.STAGE,
  };
  // CDK's own checks are for a template that is deployed.
  const app = new App({ outdir: directory, context, builtinCloudFormationValidation: false });
  const { artifactId } = new PersonasStack(app, `personas-api-${settings.STAGE}`, { context: readContext(app.node) });
  return app.synth().getStackArtifact(artifactId).templateFullPath;
}

/** What is read and changed of a CloudFormation template. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
}

/**
 * The stack's template as SAM can run it on this machine, with these variables in the environment of the functions. It is never deployed. What SAM makes
 * of a template stands in its own code, here of 1.170: https://github.com/aws/aws-sam-cli/blob/develop/samcli/lib/providers/cfn_api_provider.py
 */
export function forSam({ Resources, ...rest }: Template, variables: readonly string[]): Template {
  // SAM takes a method ANY for a route of each method, without a function, and hides by it the functions on its path.
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
    // Lambda refuses some of the variables. SAM passes them on, and the template can still be linted.
    Metadata: { 'cfn-lint': { config: { ignore_checks: ['E3663'] } } },
    Resources: { ...Object.fromEntries(adapted), BinaryMediaTypes: binaryMediaTypes },
  } as Template;
}

function functionForSam({ Properties, ...rest }: Resource, variables: readonly string[]): Resource {
  const { Variables } = (Properties?.Environment ?? {}) as { Variables?: object };
  // Of the file with the environment, SAM gives to a function what its template names, and nothing else.
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
 * An image that is not streamed comes in base64, and so does a compressed page. SAM decodes it if an API of the template, whichever, names its
 * Content-Type, to the letter, beside a body; our own has its routes in resources instead of a body.
 */
const binaryMediaTypes: Resource = {
  Type: 'AWS::ApiGateway::RestApi',
  Properties: {
    BinaryMediaTypes: ['image/png', 'image/jpeg', 'image/webp', 'text/html; charset=utf-8'],
    Body: { swagger: '2.0', info: { title: 'No routes', version: '1' }, paths: {} },
  },
};

/** The arguments of `sam`. Files are named from where it is started, the project's directory. */
export function samArguments({ template, envVars }: SamFiles, { port, auth, hostAddress }: SamOptions): string[] {
  const file = (path: string) => relative(process.cwd(), path);
  return [
    ...['local', 'start-api', '--template', file(template), '--env-vars', file(envVars)],
    ...['--port', String(port), '--warm-containers', 'LAZY'],
    ...hostsFor(bucket).flatMap((host) => ['--add-host', `${host}:${hostAddress ?? 'host-gateway'}`]),
    ...(auth ? [] : ['--disable-authorizer']),
  ];
}
