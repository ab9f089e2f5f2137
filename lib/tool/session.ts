/** Common parts of the commands: the service, its project, and Ctrl-C. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { FormatError } from '../../functions/formats/contents.ts';
import { type Api, CallFailed, connect } from './api.ts';
import { exitStatus, UsageError } from './exit-status.ts';
import { note } from './output.ts';

export interface ConnectionOptions {
  readonly url?: string;
  readonly key?: string;
  readonly project?: string;
  readonly config?: string;
}

export interface Session {
  readonly api: Api;
  /** The API below `/api/projects/{projectId}`, for the given project, or the only one. */
  project(): Promise<Api & { readonly id: string }>;
  /** Whether a project was given. */
  readonly hasProject: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A command with the options for the connection. */
export const command = (name: string) =>
  new Command(name)
    .option('--url <url>', "the service's address (environment: PERSONAS_API_URL)")
    .option(
      '--key <key>',
      'the key; better in the environment (PERSONAS_API_KEY) or the file, since arguments show in process lists',
    )
    .option(
      '--project <id or name>',
      'the project; not needed if there is only one (environment: PERSONAS_API_PROJECT)',
    )
    .option(
      '--config <file>',
      'a JSON file with url, key and project, mode 0600 (default: ~/.config/personas-api.json)',
    )
    .option('--json', 'print results as JSON');

/** For options that may be repeated. */
export const repeated = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Runs a command and sets the exit status, which the work returns. */
export async function run(options: ConnectionOptions, work: (session: Session) => Promise<number>): Promise<void> {
  const { signal, exitCode } = onInterrupt();
  try {
    process.exitCode = await work(await open(options, signal));
  } catch (error) {
    process.exitCode = signal.aborted ? exitCode() : report(error);
  }
  if (signal.aborted) note('Interrupted.');
}

function report(error: unknown): number {
  if (error instanceof UsageError || error instanceof FormatError) {
    note(error.message);
    return exitStatus.usage;
  }
  if (!(error instanceof CallFailed) && !isSystemError(error)) throw error;
  note(error.message);
  return exitStatus.failed;
}

/** A system error, such as a full disk. */
const isSystemError = (error: unknown): error is Error => error instanceof Error && 'syscall' in error;

function onInterrupt(): { signal: AbortSignal; exitCode: () => number } {
  const controller = new AbortController();
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  let exitCode = 0;
  for (const [name, code] of Object.entries(codes)) {
    process.on(name, () => {
      // npm passes on signals that the terminal has already sent.
      exitCode ||= code;
      controller.abort(new Error('Interrupted.'));
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode };
}

async function open(options: ConnectionOptions, signal: AbortSignal): Promise<Session> {
  const { PERSONAS_API_URL, PERSONAS_API_KEY, PERSONAS_API_PROJECT } = process.env;
  const file = await readConfig(options.config);
  const url = (options.url ?? PERSONAS_API_URL ?? file.url ?? '').replace(/\/+$/, '');
  const key = options.key ?? PERSONAS_API_KEY ?? file.key;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError(
      url
        ? `"${url}" is not a valid address.`
        : 'No address is given. Use --url, such as http://localhost:3000, or set PERSONAS_API_URL.',
    );
  }
  // Otherwise the error of fetch would quote the key.
  if (key && !/^[\x21-\x7e]+$/.test(key)) throw new UsageError('The key has invalid characters.');
  const api = connect({ url: `${url}/api`, key, signal });
  const named = options.project ?? PERSONAS_API_PROJECT ?? file.project;
  return { api, signal, hasProject: named !== undefined, project: () => projectOf(api, named) };
}

interface Config {
  readonly url?: string;
  readonly key?: string;
  readonly project?: string;
}

async function readConfig(named: string | undefined): Promise<Config> {
  const path = named ?? join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'personas-api.json');
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || named) throw new UsageError(`${path} cannot be read: ${error.message}`);
  });
  if (!found) return {};
  // Windows has no file modes.
  if (process.platform !== 'win32' && found.mode & 0o077) {
    throw new UsageError(`Others can read ${path}, which may contain a key. Run: chmod 600 ${path}`);
  }
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text) as Config;
  } catch {
    throw new UsageError(`${path} is not valid JSON.`);
  }
}

interface Project {
  readonly id: string;
  readonly name: string;
}

const isId = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

const projectAt = (api: Api, id: string) => ({ id, ...api.below(`/projects/${id}`) });

async function projectOf(api: Api, named: string | undefined): Promise<Api & { readonly id: string }> {
  if (named && isId(named)) return projectAt(api, named);
  const projects = await api.json<Project[]>('GET', '/projects');
  const found = named ? projects.filter(({ name }) => name === named) : projects;
  const [project] = found;
  if (!project || found.length > 1) {
    const list = (found.length > 0 ? found : projects).map(({ id, name }) => `\n  ${id}  ${name}`).join('');
    const question = named
      ? `${found.length > 1 ? 'Several projects are' : 'No project is'} called "${named}".`
      : 'No project is given. Use --project.';
    throw new UsageError(`${question}${list && ` There are:${list}`}`);
  }
  return projectAt(api, project.id);
}
