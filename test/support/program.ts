import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Starts a program in the project's folder as a shell does: in a process group of its own. */
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

/** Ends it at once, with what it has begun in its process group, such as npm's shell. */
export function killGroup({ child: { pid } }: Program): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The address of a local server and its first project, as its banner has them; waits for that. */
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

/** The command lines of the processes that have to do with a directory; only Linux tells. */
export async function runningOn(directory: string): Promise<string[]> {
  return (await processesOn(directory)).map(({ command }) => command);
}

/** Kills the DynamoDB engine that keeps its table in a directory. */
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
