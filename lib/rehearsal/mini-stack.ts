import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { spawnChild } from '../local/child-process.ts';
import { freePort, type Listener } from '../local/listen.ts';

/** https://pypi.org/project/ministack/ */
export const version = '1.5.33';

const run = promisify(execFile);

/** The credentials of MiniStack's root user, who may do everything. */
export const identity = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_SESSION_TOKEN: '',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
};

/** MiniStack's account. */
export const account = '000000000000';

/**
 * Starts MiniStack, an AWS emulator, on a free port of 127.0.0.1. It is installed into a virtual environment in `directory`, and stores nothing
 * after it is closed. Throws with advice if Python is missing.
 */
export async function startMiniStack(directory: string): Promise<Listener> {
  const python = await install(join(directory, 'venv'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const home = join(directory, 'home');
  await mkdir(home, { recursive: true });
  const child = spawnChild(python, ['-m', 'ministack'], {
    output: 'ignore',
    errors: 'pipe',
    environment: {
      ...identity,
      PATH: process.env.PATH,
      HOME: home,
      TMPDIR: home,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      // Enforces the policies of roles.
      AUTH: 'true',
    },
  });
  let errors = '';
  child.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-5000);
  });
  let isRunning = true;
  child.ended.then(() => {
    isRunning = false;
  });
  while (!(await isReady(url))) {
    if (!isRunning) throw new Error(`MiniStack ended before it was ready:\n${errors}`);
    await sleep(100);
  }
  return { url, close: () => child.close() };
}

const isReady = (url: string) =>
  fetch(`${url}/_ministack/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

/** Installs MiniStack into a virtual environment. Returns the path of its interpreter. */
async function install(environment: string): Promise<string> {
  const isWindows = process.platform === 'win32';
  const python = isWindows ? 'python' : 'python3';
  await run(python, ['--version']).catch(() => {
    throw new Error(
      `The rehearsal needs Python 3.10 or newer, as "${python}" in PATH, for the AWS emulator MiniStack: https://www.python.org/downloads/`,
    );
  });
  await run(python, ['-m', 'venv', environment]).catch((error: Error & { stdout?: string }) => {
    throw new Error(
      `Python could not create a virtual environment. Debian and Ubuntu need python3-venv.\n${error.stdout}`,
    );
  });
  const interpreter = join(environment, isWindows ? 'Scripts' : 'bin', 'python');
  await run(interpreter, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ministack==${version}`]);
  return interpreter;
}
