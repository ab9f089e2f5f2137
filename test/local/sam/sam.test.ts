import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { functions as rows } from '../../../lib/contract/functions.ts';
import { bucket } from '../../../lib/local/environment.ts';
import { addressesAt, openToContainers } from '../../../lib/local/sam/container-access.ts';
import { forSam } from '../../../lib/local/sam/template.ts';
import { type Stores, startStores } from '../../../lib/local/stores.ts';
import { bundle } from '../../../lib/stack/bundling.ts';
import { synthesise } from '../../stack/synthesise.ts';
import type { Json } from '../../support/api.ts';
import { killGroup, type Program, runningOn, runProgram } from '../../support/program.ts';

const isLinux = process.platform === 'linux';
const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('the template for SAM', () => {
  const template: Json = synthesise({ stage: 'local' }).toJSON();
  const { Resources } = forSam(template, ['AWS_ENDPOINT_URL_S3']);
  const ofType = (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type);

  it('has the methods of the stack, except those that would hide functions', () => {
    const methods = (resources: object) =>
      Object.values<Json>(resources)
        .filter(({ Type }) => Type === 'AWS::ApiGateway::Method')
        .map(({ Properties }) => `${JSON.stringify(Properties.ResourceId)} ${Properties.HttpMethod}`);
    const given = methods(template.Resources);
    expect(given.some((method) => method.endsWith(' ANY'))).toBe(true);
    expect(methods(Resources)).toEqual(given.filter((method) => !method.endsWith(' ANY')));
  });

  it("adds the variables to each function, and this machine's architecture", () => {
    const functions = ofType('AWS::Lambda::Function');
    expect(functions).toHaveLength(rows.length);
    for (const [id, { Properties }] of functions) {
      const own = template.Resources[id].Properties;
      expect(Properties).toEqual({
        ...own,
        Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
        Environment: { Variables: { ...own.Environment?.Variables, AWS_ENDPOINT_URL_S3: '' } },
      });
    }
  });

  it('has the binary media types where SAM looks for them', () => {
    const [described] = ofType('AWS::ApiGateway::RestApi').filter(([, { Properties }]) => Properties?.Body);
    expect(described?.[1].Properties?.BinaryMediaTypes).toEqual([
      'image/png',
      'image/jpeg',
      'image/webp',
      'text/html; charset=utf-8',
    ]);
  });

  it('depends only on resources that it has', () => {
    const awaited = Object.values(Resources).flatMap(({ DependsOn = [] }) => DependsOn);
    expect(awaited.filter((id) => !(id in Resources))).toEqual([]);
  });
});

describe('the bundles for SAM', () => {
  it('are not minified, and have source maps with sources', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sam-'));
    const script = fileURLToPath(new URL('../../../lib/stack/split-bundle.ts', import.meta.url));
    await promisify(execFile)(process.execPath, [script, directory, 'functions/generate-image.ts', '--readable'], {
      cwd: root,
    });
    const code = await readFile(join(directory, 'index.js'), 'utf8');
    expect(code).toMatch(/^var handler = streamingLambda\(endpoint\);$/m);
    expect(code).toMatch(/\n\/\/# sourceMappingURL=index\.js\.map\n$/);
    const map = JSON.parse(await readFile(join(directory, 'index.js.map'), 'utf8'));
    expect(map.sourcesContent.join('\n')).toContain('export const handler = streamingLambda(endpoint);');
    await rm(directory, { recursive: true });

    const [row] = rows;
    expect(row && bundle(row, true).bundling).toMatchObject({
      minify: false,
      sourceMapMode: 'default',
      sourcesContent: true,
    });
  });
});

describe('the access of containers to the stores', () => {
  it('is one address, also for bucket host names', async () => {
    const stores = await startStores();
    const door = await openToContainers(stores, { port: 0, waits: false });
    const { port } = new URL(door.url);
    const asked: string[] = [];
    // Like --add-host in a container.
    const httpAgent = new Agent({
      lookup(hostname, { all }, found) {
        asked.push(hostname);
        if (all) found(null, [{ address: '127.0.0.1', family: 4 }]);
        else found(null, '127.0.0.1', 4);
      },
    });
    const s3 = new S3Client({
      endpoint: addressesAt(Number(port)).s3,
      region: 'us-east-1',
      credentials: stores.credentials,
      requestHandler: { httpAgent },
    });
    const object = { Bucket: bucket, Key: 'projects/p/a picture+ä.png' };
    const bytes = Buffer.alloc(3_000_000, 'picture');
    await s3.send(new PutObjectCommand({ ...object, Body: bytes, ContentType: 'image/png' }));
    const { Body, ContentType } = await s3.send(new GetObjectCommand(object));
    expect(ContentType).toBe('image/png');
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
    expect(new Set(asked)).toEqual(new Set([`${bucket}.s3.host.docker.internal`]));

    const dynamodb = (credentials: Stores['credentials']) =>
      new DynamoDBClient({
        endpoint: addressesAt(Number(port)).dynamodb,
        region: 'us-east-1',
        credentials,
        requestHandler: { httpAgent },
      }).send(new ListTablesCommand());
    expect((await dynamodb(stores.credentials)).TableNames).toEqual(['personas']);
    const guessed = { ...stores.credentials, secretAccessKey: 'guessed' };
    await expect(dynamodb(guessed)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    expect(await statusAt(door.url, 'dynamodb')).toBe(403);

    expect(await statusAt(door.url, 'nowhere', '/else')).toBe(404);
    expect(await statusAt(door.url, 'openai', '/images/generations', 'POST')).toBe(401);
    expect(await statusAt(door.url, 'secretsmanager', '/', 'POST')).toBe(400);
    s3.destroy();
    await door.close();
    await stores.close();
  });
});

/** Calls a store by its host name in a container. */
async function statusAt(door: string, store: string, path = '/', method = 'GET'): Promise<number | undefined> {
  const call = request(door + path, {
    method,
    headers: { Host: `${store}.host.docker.internal:${new URL(door).port}` },
  });
  call.end();
  const [answer]: IncomingMessage[] = await once(call, 'response');
  answer?.resume();
  return answer?.statusCode;
}

/** A stand-in for SAM: a program that runs until SIGTERM, and then ends its containers. */
const standInForSam = `#!${process.execPath}
if (process.argv[2] === '--version') process.exit(0);
console.log('SAM ' + JSON.stringify({ given: process.argv.slice(2), account: process.env.AWS_ACCESS_KEY_ID, profile: process.env.AWS_PROFILE }));
process.on('SIGTERM', () => { console.log('SAM ended'); process.exit(0); });
if (process.env.SAM_FAILS) process.exit(3);
setInterval(() => {}, 1000);
`;

// The stand-in for SAM is a shell script, and that for the engine uses a Unix socket.
describe.skipIf(process.platform === 'win32' || process.env.AWS_ENDPOINT_URL_DYNAMODB !== undefined)(
  'npm run sam',
  () => {
    let directory: string;
    let engine: Server;
    let info: object;
    let network: object;
    let programs: Program[];
    const data = () => join(directory, 'data');

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'sam-'));
      programs = [];
      await writeFile(join(directory, 'sam'), standInForSam);
      await chmod(join(directory, 'sam'), 0o755);
      info = { OperatingSystem: 'Debian' };
      // Linux has 127.0.0.2; elsewhere it is not needed.
      network = { Gateway: '127.0.0.2', Subnet: '127.0.0.0/8' };
      engine = createServer(({ url }, response) => {
        response.end(JSON.stringify(url === '/info' ? info : { IPAM: { Config: [network] } }));
      });
      engine.listen(join(directory, 'engine'));
      await once(engine, 'listening');
    });
    afterEach(async () => {
      for (const program of programs) killGroup(program);
      engine.close();
      engine.closeAllConnections();
      await expect.poll(() => runningOn(directory)).toEqual([]);
      await rm(directory, { recursive: true, force: true });
    });

    function run(options: readonly string[], more: Readonly<Record<string, string>> = {}): Program {
      const program = runProgram([process.execPath, 'bin/sam.ts', '--data', data(), ...options], {
        PATH: [directory, dirname(process.execPath), process.env.PATH].join(delimiter),
        DOCKER_HOST: `unix://${join(directory, 'engine')}`,
        AWS_PROFILE: 'of-somebody',
        // Without bundles, which test/stack/bundles.test.ts tests.
        CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [] }),
        ...more,
      });
      programs.push(program);
      return program;
    }

    it('starts SAM with template, environment and access to the stores, and ends with it on Ctrl-C', async () => {
      const { child, ended, output } = run(['--port', '0', '--stores-port', '0']);
      await expect.poll(output).toMatch(/^SAM .*\n/m);
      const { given, account, profile } = JSON.parse(/^SAM (.*)$/m.exec(output())?.[1] ?? '');
      const names = ['dynamodb', `${bucket}.s3`, 'kms', 'secretsmanager', 'openai'];
      const hosts = names.map((name) => `${name}.host.docker.internal:${isLinux ? '127.0.0.2' : 'host-gateway'}`);
      expect(given).toEqual([
        ...['local', 'start-api', '--template', expect.any(String), '--env-vars', expect.any(String)],
        ...['--port', '0', '--warm-containers', 'LAZY', ...hosts.flatMap((host) => ['--add-host', host])],
        '--disable-authorizer',
      ]);
      const credentials = JSON.parse(await readFile(join(data(), 'aws-credentials.json'), 'utf8'));
      expect({ account, profile }).toEqual({ account: credentials.accessKeyId });

      const [template, envVars] = await Promise.all(
        [given[3], given[5]].map(async (file) => JSON.parse(await readFile(join(root, file), 'utf8'))),
      );
      const [, door = '', port = ''] = /open to containers at (http:\/\/[\d.]+:(\d+))\./.exec(output()) ?? [];
      expect(envVars).toEqual({
        Parameters: expect.objectContaining({
          TABLE_NAME: 'personas',
          BUCKET_NAME: bucket,
          AWS_ENDPOINT_URL_DYNAMODB: `http://dynamodb.host.docker.internal:${port}`,
          OPENAI_BASE_URL: `http://openai.host.docker.internal:${port}`,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        }),
      });
      expect(await statusAt(door, 'dynamodb')).toBe(403);

      // SAM passes on the variables of the template.
      const functions = Object.values<Resource>(template.Resources).filter(
        ({ Type }) => Type === 'AWS::Lambda::Function',
      );
      for (const { Properties } of functions) {
        const { Variables } = Properties.Environment;
        expect(Object.keys(Variables)).toEqual(expect.arrayContaining(['AWS_ENDPOINT_URL_S3', 'OPENAI_BASE_URL']));
        expect(Object.keys(Variables).filter((name) => !(name in envVars.Parameters))).toEqual([]);
      }

      child.kill('SIGINT');
      expect(await ended).toBe(0);
      expect(output()).toMatch(/SAM ended\n$/);
      await expect(fetch(door)).rejects.toThrow();
    });

    it("draws with OpenAI and requires keys on request, and exits with SAM's status", async () => {
      const options = ['--port', '0', '--stores-port', '0', '--auth', '--openai', 'live'];
      const { ended, output } = run(options, { SAM_FAILS: 'yes' });
      expect(await ended).toBe(3);
      expect(output()).toContain(`Authorization: Bearer ${await readFile(join(data(), 'admin-key'), 'utf8')}'`);
      expect(output()).toMatch(/^SAM .*--warm-containers/m);
      expect(output()).not.toContain('--disable-authorizer');
      expect(await readFile(join(data(), 'sam', 'env-vars.json'), 'utf8')).not.toContain('OPENAI_BASE_URL');
    });

    it('only writes the files and prints the command with --print, without SAM or an engine', async () => {
      const nothing = { PATH: '/nowhere', DOCKER_HOST: 'unix:///nowhere' };
      const { ended, output } = run(['--print', '--port', '4000', '--host-address', '192.0.2.1'], nothing);
      expect(await ended).toBe(0);
      expect(output()).toContain(`npm run sam -- --stores --data ${data()} --port 4000 --host-address 192.0.2.1\n`);
      const [, template = '', envVars = ''] =
        /^sam local start-api --template (\S+) --env-vars (\S+) --port 4000 .*host\.docker\.internal:192\.0\.2\.1/m.exec(
          output(),
        ) ?? [];
      expect((await stat(join(root, template))).isFile()).toBe(true);
      const { Parameters } = JSON.parse(await readFile(join(root, envVars), 'utf8'));
      expect(Parameters.AWS_ENDPOINT_URL_KMS).toBe('http://kms.host.docker.internal:4001');
      expect(await readdir(data())).toEqual(['aws-credentials.json', 'sam', 'sam-lock']);
    });

    it('names the option for a port in use', async () => {
      const server = createServer().listen(0, '127.0.0.2');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const { ended, output } = run(['--port', '0', '--stores-port', String(port), '--host-address', '127.0.0.2']);
      expect(await ended).toBe(1);
      expect(output()).toContain(`Port ${port} is in use.`);
      expect(output()).toContain(`npm run sam -- --stores-port ${port + 1}\n`);
      server.close();
    });

    it('does not touch the files of another run, or of others', async () => {
      const first = run(['--port', '0', '--stores-port', '0']);
      await expect.poll(first.output).toMatch(/^SAM .*\n/m);
      const before = await readFile(join(data(), 'sam', 'env-vars.json'), 'utf8');
      for (const more of [[], ['--print']]) {
        const second = run(['--port', '0', '--stores-port', '0', ...more]);
        expect(await second.ended).toBe(1);
        expect(second.output()).toBe(`Another program uses ${data()}. End it, or use another directory with --data.\n`);
      }
      expect(await readFile(join(data(), 'sam', 'env-vars.json'), 'utf8')).toBe(before);
      first.child.kill('SIGINT');
      await first.ended;

      const taken = join(directory, 'taken', 'sam');
      await mkdir(taken, { recursive: true });
      await writeFile(join(taken, 'notes.txt'), 'mine');
      const third = run(['--print', '--data', dirname(taken)]);
      expect(await third.ended).toBe(1);
      expect(third.output()).toBe(
        `${taken} has files that this program did not write. Move them, or use another directory with --data.\n`,
      );
      expect(await readdir(taken)).toEqual(['notes.txt']);
    });

    describe.runIf(isLinux)('finds the address that containers reach', () => {
      const storesOf = async () => {
        const { output } = run(['--port', '0', '--stores-port', '0']);
        await expect.poll(output).toMatch(/^SAM .*\n/m);
        const [, address = '', when = ''] = /open to containers at http:\/\/([\d.]+):\d+([^.]*)\./.exec(output()) ?? [];
        expect(output()).toContain(`"openai.host.docker.internal:${address}"`);
        return { address, when };
      };

      it('with a Docker that only returns the subnet', async () => {
        network = { Subnet: '127.0.0.16/28' };
        expect(await storesOf()).toEqual({ address: '127.0.0.17', when: '' });
      });

      it('with a rootful Podman that has no network before the first container', async () => {
        network = { Gateway: '192.0.2.1', Subnet: '192.0.2.0/24' };
        expect(await storesOf()).toEqual({
          address: '192.0.2.1',
          when: ', as soon as the first container creates its network',
        });
      });

      it.each([
        ['Docker', { SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless'] }],
        ['Podman', { SecurityOptions: ['name=seccomp,profile=default'], Rootless: true }],
      ])('or reports that a rootless %s has none', async (_, told) => {
        info = { OperatingSystem: 'Debian', ...told };
        const { ended, output } = run(['--port', '0']);
        expect(await ended).toBe(1);
        expect(output()).toContain('npm run sam -- --host-address 192.168.1.20');
      });
    });

    it('only runs the stores with --stores', async () => {
      const { child, ended, output } = run(['--stores', '--stores-port', '0']);
      await expect.poll(output).toContain('open to containers');
      const [door = ''] = /http:\/\/[\d.]+:\d+/.exec(output()) ?? [];
      expect(await statusAt(door, 'dynamodb')).toBe(403);
      child.kill('SIGINT');
      expect(await ended).toBe(0);
      expect(output()).not.toContain('SAM');
    });

    it.each([
      ['SAM', ['--port', '0'], { PATH: '/nowhere' }, 'The AWS SAM CLI (sam) is not installed'],
      [
        'an engine',
        ['--port', '0'],
        { DOCKER_HOST: 'unix:///nowhere' },
        'No container engine answers at unix:///nowhere',
      ],
      [
        'a way in',
        ['--port', '0', '--host-address', '192.0.2.1'],
        {},
        'This machine does not have the address 192.0.2.1',
      ],
      ['a port', ['--port', 'http'], {}, '--port must be a number'],
      ['a port for the stores', ['--stores-port', '70000'], {}, '--stores-port must be a number'],
    ])('reports in a sentence that it lacks %s', async (_what, options, environment, sentence) => {
      const { ended, output } = run(options, environment);
      expect(await ended).toBe(1);
      expect(output()).toContain(sentence);
      expect(output()).not.toMatch(/^ +at /m);
    });
  },
);

interface Resource {
  readonly Type: string;
  readonly Properties: { readonly Environment: { readonly Variables: object } };
}
