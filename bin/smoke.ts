/** `npm run smoke`: checks a deployed API, or the one on this machine. Leaves nothing behind. */
import { parseArgs } from 'node:util';
import { type Api, type ApiOptions, connect, Unexpected } from '../lib/smoke/api.ts';
import { runChecks } from '../lib/smoke/checks.ts';
import type { Check } from '../lib/smoke/context.ts';
import { newRun, type Run, sweep } from '../lib/smoke/run.ts';

const usage = `Usage: npm run smoke -- <url> [key] [options]

  <url>                 the stack's ApiUrl, or http://localhost:3000
  [key]                 better as PERSONAS_API_KEY in the environment, since arguments show in process lists and logs
  --project <id>        use this project, with a project key; with the admin key, a project is created
  --origin <origin>     check that pages of this origin may call the API; may be repeated
  --timeout <seconds>   for each call (default: 30)
  --patience <seconds>  how long to wait for the first answer of a new deployment (default: 30)
  --help                this text`;

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      project: { type: 'string' },
      origin: { type: 'string', multiple: true, default: [] },
      timeout: { type: 'string', default: '30' },
      patience: { type: 'string', default: '30' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const [url = '', key = process.env.PERSONAS_API_KEY, ...more] = positionals;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url) || more.length > 0) throw new Error(usage);
  // Otherwise the error of fetch would quote the key.
  if (key && !/^[\x21-\x7e]+$/.test(key)) throw new Error('The key has invalid characters.');
  return {
    url: url.replace(/\/+$/, ''),
    key,
    projectId: values.project,
    origins: values.origin,
    timeoutMs: milliseconds('timeout', values.timeout, 1),
    patienceMs: milliseconds('patience', values.patience, 0),
  };
}

function milliseconds(option: string, text: string, least: number): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= least && seconds <= 3600) return seconds * 1000;
  throw new Error(`--${option} must be a whole number of seconds from ${least} to 3600.`);
}

const line = (mark: string, name: string, milliseconds: number) =>
  console.log(`${mark} ${name.padEnd(46)} ${milliseconds.toFixed(0).padStart(5)} ms`);

const check: Check = async (name, work) => {
  const start = performance.now();
  try {
    const result = await work();
    line('✓', name, performance.now() - start);
    return result;
  } catch (error) {
    line('✗', name, performance.now() - start);
    throw error;
  }
};

const skip = (name: string, reason: string) => console.log(`- ${name}: ${reason}`);
const note = (text: string) => console.log(`    ${text}`);

function explain(error: unknown): void {
  if (error instanceof Unexpected) {
    note(`expected      ${error.expected}`);
    note(`got           ${error.got}`);
    note(`call          ${error.call}`);
    note(`X-Request-Id  ${error.requestId ?? 'none'}`);
  } else {
    note((error as Error).message);
  }
}

/** How long the current call may take after Ctrl-C. If it were aborted at once, it might create something after the sweep. */
const graceMs = 3000;

/** Aborts on the first signal. Further ones are ignored, since npm passes on what the terminal has already sent. */
function onInterrupt(): { stopping: AbortSignal; cutting: AbortSignal; exitCode: () => number } {
  const stopping = new AbortController();
  const cutting = new AbortController();
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  let exitCode = 1;
  for (const [signal, code] of Object.entries(codes)) {
    process.on(signal, () => {
      if (stopping.signal.aborted) return;
      exitCode = code;
      const interrupted = new Error('Interrupted.');
      stopping.abort(interrupted);
      setTimeout(() => cutting.abort(interrupted), graceMs).unref();
    });
  }
  return { stopping: stopping.signal, cutting: cutting.signal, exitCode: () => exitCode };
}

/** The API, and whether a call may have created something: one that was not refused, or whose answer was lost. */
function watchCreations(api: Api): { api: Api; mayHaveCreated: () => boolean } {
  let made = false;
  return {
    mayHaveCreated: () => made,
    async api(method, path, sent) {
      const before = made;
      made ||= method === 'POST';
      const answer = await api(method, path, sent);
      if (answer.status >= 400 && answer.status < 500) made = before;
      return answer;
    },
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) return console.log(usage);
  const interruption = onInterrupt();
  const run = newRun(options.projectId);
  const { api, mayHaveCreated } = watchCreations(connect({ ...options, ...interruption }));
  let checks = 0;
  const counted: Check = (name, work) => {
    checks += 1;
    return check(name, work);
  };
  const start = performance.now();
  let failed = false;
  const fail = (error: unknown) => {
    failed = true;
    explain(error);
  };

  await runChecks({ ...options, run, api, check: counted, skip, note }).catch(fail);
  if (mayHaveCreated()) await counted('nothing is left', () => clean(options, run, failed)).catch(fail);

  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (failed) console.log('The smoke test failed.');
  else console.log(`All ${checks} checks passed in ${seconds} s.`);
  if (failed || interruption.stopping.aborted) process.exitCode = interruption.exitCode();
}

/** After a failed check, something may be left. After passed checks, it means that a deletion does not work. */
async function clean(options: ApiOptions, run: Run, failed: boolean): Promise<void> {
  const removed = await sweep(connect(options), run);
  if (failed) for (const path of removed) note(`removed ${path}`);
  else if (removed.length > 0) throw new Error(`These were left, and are removed now: ${removed.join(', ')}`);
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
