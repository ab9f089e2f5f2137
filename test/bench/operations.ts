/** Measures operations on one persona with the local stack, for growing projects. */
import { v7 as uuidv7 } from 'uuid';
import type { Options, Row } from './row.ts';
import { connect, startServer } from './server.ts';
import { interleaved, median } from './statistics.ts';
import { promptOf, type StoredProject, storeProjects, temporaryDirectory } from './stored-personas.ts';

const prompt = promptOf(600);
const sizes = [10, 1_000, 100_000];
const operations = ['get', 'create', 'update', 'rename', 'delete'] as const;

export async function measure({ quick }: Options): Promise<Row[]> {
  await using directory = await temporaryDirectory();
  const projects = await storeProjects(directory.path, ...sizes.map((count) => ({ count, prompt })));
  await using server = await startServer(directory.path);
  using client = connect(server.url, 1);

  const deeds = await Promise.all(projects.map((project) => deedsIn(project, client.call)));
  const contenders = Object.fromEntries(
    operations.flatMap((operation) =>
      deeds.map((deed, index) => [`${operation} ${sizes[index]}`, () => timed(deed[operation])]),
    ),
  );
  await interleaved(20, contenders);
  const times = await interleaved(quick ? 150 : 500, contenders);
  const timeOf = (operation: string, size: number | undefined) => median(times[`${operation} ${size}`] ?? []);

  const [smallest, ...larger] = sizes;
  return operations.flatMap((operation) =>
    larger.map((size) => ({
      what: `${operation} a persona among ${size}`,
      against: `among ${smallest}`,
      unit: 'ms',
      value: timeOf(operation, size),
      baseline: timeOf(operation, smallest),
      goal: 1.1,
    })),
  );
}

async function timed(deed: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await deed();
  return performance.now() - start;
}

/** Each operation, every time on another persona; the size of the project stays the same. */
async function deedsIn(
  { id: projectId, personaIds }: StoredProject,
  call: (method: string, path: string, body?: object) => Promise<string>,
): Promise<Record<(typeof operations)[number], () => Promise<unknown>>> {
  const personas = `/api/projects/${projectId}/personas`;
  const anyone = () => `${personas}/${personaIds[Math.floor(Math.random() * personaIds.length)]}`;
  const made: string[] = [];
  const create = async () => {
    made.push(JSON.parse(await call('POST', personas, { name: `New ${uuidv7()}`, systemPrompt: prompt })).id);
  };
  await create();
  return {
    get: () => call('GET', anyone()),
    create,
    update: () => call('PUT', anyone(), { description: `Changed at ${performance.now()}` }),
    rename: () => call('PUT', anyone(), { name: `Renamed ${uuidv7()}` }),
    delete: () => call('DELETE', `${personas}/${made.shift()}`),
  };
}
