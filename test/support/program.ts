import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  readonly child: ChildProcess;
  /** The output so far. */
  output(): string;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Starts a program in the project's folder, in its own process group, as a shell does. */
export function runProgram(
  [file = '', ...given]: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(file, given, {
    cwd: root,
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return { child, output: () => output, ended };
}

/** Kills its process group, including npm's shell. */
export function killGroup({ child: { pid } }: Program): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits for the banner. Returns the address of the local server and its first project. */
export async function bannerOf({ output }: Program): Promise<{ url: string; projectId: string }> {
  return vi.waitFor(
    () => {
      const [, url, projectId] = /PERSONAS=(\S+)\/api\/projects\/(\S+)\/personas\n.*curl -o/s.exec(output()) ?? [];
      if (!url || !projectId) throw new Error(`No banner yet: ${output()}`);
      return { url, projectId };
    },
    { timeout: 120_000, interval: 20 },
  );
}

/** The command lines of processes that mention a directory (Linux only). */
export async function runningOn(directory: string): Promise<string[]> {
  return (await processesOn(directory)).map(({ command }) => command);
}

/** Kills the DynamoDB engine of a data directory. */
export async function killEngine(directory: string): Promise<void> {
  const engine = (await processesOn(directory)).find(({ command }) => /^[^\0]*dynoxide\0/.test(command));
  if (!engine) throw new Error(`No engine has its table in ${directory}`);
  process.kill(engine.pid, 'SIGKILL');
}

async function processesOn(directory: string) {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      command: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    })),
  );
  return processes.filter(({ command }) => command.includes(directory));
}
