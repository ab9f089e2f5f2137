/** Runs the packaged command line tool as a process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll } from 'vitest';
import { packageTool } from '../../lib/tool/package.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export type Environment = Readonly<Record<string, string>>;

interface Options {
  readonly environment?: Environment;
  /** The standard input. */
  readonly input?: string;
}

/** The tool in a temporary folder. */
export function useTool() {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'personas-api-tool-'));
    await packageTool(join(folder, 'package'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  return {
    /** The current directory. */
    get folder() {
      return folder;
    },
    /** Without other settings than the given ones. */
    start: (args: readonly string[], options?: Options) => startTool(folder, args, options),
    run: (args: readonly string[], options?: Options) => startTool(folder, args, options).ended,
  };
}

function startTool(folder: string, args: readonly string[], { environment = {}, input = '' }: Options = {}): Running {
  const child = spawn(process.execPath, [join(folder, 'package/personas.cjs'), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [code]]) => ({ code, stdout, stderr }),
  );
  return { child, ended };
}
