/** Common parts of the programs in bin/: options, and how they end. */
import { fileURLToPath } from 'node:url';

/** The default data directory. */
export const ownDirectory = fileURLToPath(new URL('../../.local', import.meta.url));

export function portOf(option: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`${option} must be a number from 0 to 65535.`);
  return port;
}

export function directoryOf(option: string, text: string): string {
  if (text === '') throw new Error(`${option} must name a directory.`);
  return text;
}

/** Parses --openai: whether OpenAI itself draws. */
export function isLive(openai: string): boolean {
  if (!['stand-in', 'live'].includes(openai)) throw new Error('--openai must be "stand-in" or "live".');
  return openai === 'live';
}

/** Signals within this time belong to one Ctrl-C: the terminal sends one, and npm passes on another. */
const echoMs = 1_000;

/** Runs `close` and ends the process on a signal, or when npm has ended. A second Ctrl-C ends it at once. */
export function closeOnExit(close: () => Promise<void>): void {
  let since: number | undefined;
  const stop = () => {
    if (since !== undefined) return;
    since = performance.now();
    close().then(() => process.exit(), giveUp);
  };
  const onSignal = () => {
    if (since !== undefined && performance.now() - since > echoMs) process.exit(1);
    stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  whenNpmHasEnded(stop);
}

/** A signal that only npm gets ends the shell between npm and this process, which does not pass it on. */
function whenNpmHasEnded(stop: () => void): void {
  const shell = process.ppid;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== shell && stop(), 250).unref();
}

/** Ends the process with a message. `command` and `optionOf` are for advice on a port in use. */
export function fail(
  error: Error & { code?: string; port?: number },
  command: string,
  optionOf: (port: number) => string = () => '--port',
): never {
  // If closing failed too, the first error is the reason.
  if (error instanceof SuppressedError) return fail(error.suppressed, command, optionOf);
  const { code, port = 0 } = error;
  if (code !== 'EADDRINUSE') return giveUp(error);
  const advice = `End the program that uses it, or choose another one: ${command} -- ${optionOf(port)} ${port + 1}`;
  return giveUp(new Error(`Port ${port} is in use. ${advice}`));
}

/** Ends the process with an error message. */
export function giveUp({ message }: Error): never {
  console.error(message);
  process.exit(1);
}
