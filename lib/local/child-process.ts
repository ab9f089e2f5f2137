import { type ChildProcess, spawn } from 'node:child_process';

export interface Child {
  readonly child: ChildProcess;
  /** Its exit code; null where it could not be started or a signal ended it. Never fails. */
  readonly ended: Promise<number | null>;
  /** The process group in which it runs; none on Windows. */
  readonly processGroup?: number;
  /** Tells it to end, and waits for that. */
  close(): Promise<void>;
}

/**
 * The program must not outlive this process, not even when it is killed: its standard input is a pipe of which only we
 * hold the other end, and a watcher that reads it ends the program when that end is gone. The shell waits for the program.
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
 * Starts a program that ends with this process at the latest. It reads nothing, and runs in a process group of its own, so that
 * Ctrl-C in the terminal reaches us alone and we end it in order.
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
