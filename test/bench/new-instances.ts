import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { settingDefaults } from '../../lib/contract/settings.ts';
import { temporaryDirectory } from './bundles.ts';
import { makeCertificate } from './certificate.ts';
import { startStubTable } from './stub-table.ts';

const run = promisify(execFile);
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Starts a process for a bundle and returns the milliseconds from loading it to its answer to the event, which must have this status. A stub answers
 * its calls to the table at once, through TLS.
 */
export async function newInstances() {
  const directory = await temporaryDirectory();
  const script = join(directory, 'cold-process.js');
  buildSync({ entryPoints: [file('cold-process.ts')], outfile: script, platform: 'node', format: 'cjs' });
  const certificate = makeCertificate();
  const authority = join(directory, 'authority.pem');
  writeFileSync(authority, certificate.cert);
  const table = await startStubTable(certificate);
  const env = {
    ...lambda,
    AWS_ENDPOINT_URL_DYNAMODB: table.url,
    NODE_EXTRA_CA_CERTS: authority,
    // With NodejsFunction's defaults, the SDK is not bundled; Lambda has it in such a folder.
    NODE_PATH: file('../../node_modules'),
  };
  const [command, ...prefix] = [...pinned(), process.execPath];
  const start = async (asset: string, event: object, status: number): Promise<number> => {
    const { stdout } = await run(command, [...prefix, script, asset, JSON.stringify(event), String(status)], { env });
    return Number(stdout);
  };
  return Object.assign(start, { close: table.close, takeCalls: table.takeCalls });
}

/** The environment that Lambda and the template set. */
const lambda = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_SESSION_TOKEN: 'bench',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  ...settingDefaults,
  TABLE_NAME: 'personas',
};

/** The command prefix that pins a program to the last processor, if the system has one. */
function pinned(): string[] {
  const command = ['taskset', '-c', String(cpus().length - 1)];
  try {
    execFileSync('taskset', [...command.slice(1), process.execPath, '--version']);
    return command;
  } catch {
    return [];
  }
}
