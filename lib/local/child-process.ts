import { type ChildProcess, spawn } from 'node:child_process';

export interface Child {
  readonly child: ChildProcess;
  /** The exit code; null if it could not be started or was ended by a signal. Never rejects. */
  readonly ended: Promise<number | null>;
  /** Its process group; none on Windows. */
  readonly processGroup?: number;
  /** Ends it, and waits until it has ended. */
  close(): Promise<void>;
}

/**
 * Ends the program when this process ends, even if it is killed: the standard input is a pipe from this process, and a watcher that
 * reads it ends the program when the pipe closes. The shell waits for the program.
 */
const watchdog = `
exec 3<&0 </dev/null
"$0" "$@" 3<&- &
program=$!
(read -r _ <&3; kill "$program") 2>/dev/null &
watcher=$!
exec 3<&-
wait "$program"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
`;

const hasShell = process.platform !== 'win32';

/**
 * Starts a program that ends with this process at the latest. It has no input, and its own process group, so that Ctrl-C in the terminal only
 * reaches this process, which then ends it.
 */
export function spawnChild(
  program: string,
  options: readonly string[],
  { output, errors, environment }: SpawnOptions,
): Child {
  const [command, prefix] = hasShell ? ['sh', ['-c', watchdog, program]] : [program, []];
  const child = spawn(command, [...prefix, ...options], {
    detached: hasShell,
    stdio: ['pipe', output, errors],
    ...(environment && { env: environment }),
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  return {
    child,
    ended,
    ...(hasShell && child.pid !== undefined && { processGroup: child.pid }),
    async close() {
      if (hasShell) child.stdin?.destroy();
      else child.kill();
      await ended;
    },
  };
}

interface SpawnOptions {
  readonly output: 'ignore' | 'inherit';
  readonly errors: 'pipe' | 'inherit';
  /** Default: that of this process. */
  readonly environment?: NodeJS.ProcessEnv;
}
