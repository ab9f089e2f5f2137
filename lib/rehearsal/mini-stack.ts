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

/** As whom we call: MiniStack's root, which may do anything. */
export const identity = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_SESSION_TOKEN: '',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
};

/** The account of everything that is deployed to it. */
export const account = '000000000000';

/**
 * MiniStack, an emulator of AWS, on a free port of 127.0.0.1, in a virtual environment of its own below `directory`; what it holds goes with it.
 * Throws with advice where there is no Python.
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

/** Answers the interpreter of the environment, with MiniStack in it. */
async function install(environment: string): Promise<string> {
  const isWindows = process.platform === 'win32';
  const python = isWindows ? 'python' : 'python3';
  await run(python, ['--version']).catch(() => {
    throw new Error(
      `The rehearsal needs Python 3.10 or newer, found as "${python}", for MiniStack, which stands in for AWS: https://www.python.org/downloads/`,
    );
  });
  await run(python, ['-m', 'venv', environment]).catch((error: Error & { stdout?: string }) => {
    throw new Error(
      `Python could not make a virtual environment. Debian and Ubuntu need python3-venv.\n${error.stdout}`,
    );
  });
  const own = join(environment, isWindows ? 'Scripts' : 'bin', 'python');
  await run(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ministack==${version}`]);
  return own;
}
