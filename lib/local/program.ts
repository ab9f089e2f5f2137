/** What the programs in bin/ have in common: their options, and how they end. */
import { fileURLToPath } from 'node:url';

/** Where data is kept between runs, unless the caller says otherwise. */
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

/** Whether OpenAI itself draws. */
export function isLive(openai: string): boolean {
  if (!['stand-in', 'live'].includes(openai)) throw new Error('--openai must be "stand-in" or "live".');
  return openai === 'live';
}

/** Milliseconds in which signals are of one Ctrl-C: the terminal's, and npm's, which passes on its own. */
const echo = 1_000;

/** Has the process end, by way of `close`, when a signal tells it to, or when npm is gone. A second Ctrl-C does not wait for that. */
export function untilTheEnd(close: () => Promise<void>): void {
  let since: number | undefined;
  const stop = () => {
    if (since !== undefined) return;
    since = performance.now();
    close().then(() => process.exit(), giveUp);
  };
  const onSignal = () => {
    if (since !== undefined && performance.now() - since > echo) process.exit(1);
    stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  whenNpmIsGone(stop);
}

/** A signal that reaches npm alone ends the shell between it and this process, and is not passed on by that shell. */
function whenNpmIsGone(stop: () => void): void {
  const shell = process.ppid;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== shell && stop(), 250).unref();
}

/** Ends the process with a sentence. `command`: how it was called, for advice, with the option that chooses a port. */
export function fail(
  error: Error & { code?: string; port?: number },
  command: string,
  optionOf: (port: number) => string = () => '--port',
): never {
  // Where closing what had been started failed, too, it does not tell why.
  if (error instanceof SuppressedError) return fail(error.suppressed, command, optionOf);
  const { code, port = 0 } = error;
  if (code !== 'EADDRINUSE') return giveUp(error);
  const advice = `End the program that holds it, or take another: ${command} -- ${optionOf(port)} ${port + 1}`;
  return giveUp(new Error(`Port ${port} is in use. ${advice}`));
}

/** Ends the process with what went wrong. */
export function giveUp({ message }: Error): never {
  console.error(message);
  process.exit(1);
}
