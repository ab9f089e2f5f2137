/**
 * What DynamoDB bills for each operation on a persona, beside the least that it could bill for the same guarantee: that reads see every
 * write that was answered, that names are unique, and that nothing of a deleted project is read, made or changed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
 */
import { v7 as uuidv7 } from 'uuid';
import { startDynamoDb } from '../../lib/local/dynamodb.ts';
import { type Recorder, startRecorder } from '../support/recorder.ts';
import type { Row } from './row.ts';
import { connect, startServer } from './server.ts';
import { personaOf, promptOf, temporaryDirectory } from './stored-personas.ts';

/** Of a persona's item, in bytes. */
const sizes = [1_000, 3_000];
/** Of those, what is not its wire form: two keys of 44 B, the names of four attributes, and the version's number. */
const around = 2 * 44 + 'PKSKpersonaversion'.length + 9;
const listed = 100;

/** Dollars for a million units on demand in us-east-1, November 2026. */
const price = { read: 0.125, write: 0.625 };

const read = (bytes: number) => price.read * Math.ceil(bytes / 4096);
const written = (bytes: number) => price.write * Math.ceil(bytes / 1024);
/** Reads or writes that are made all or none are billed twice. */
const together = (...costs: readonly number[]) => 2 * sum(costs);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** The project's item, and that which holds a name: both smaller than the least that is billed. */
const small = 200;

/** What is needed at least; a change needs the persona and the project, since it answers with all of the persona. */
const least: Readonly<Record<Operation, (bytes: number) => number>> = {
  get: (bytes) => read(bytes) + read(small),
  list: (bytes) => read(listed * bytes) + read(small),
  create: (bytes) => together(written(bytes), written(small), written(small)),
  update: (bytes) => read(bytes) + read(small) + written(bytes),
  rename: (bytes) => read(bytes) + read(small) + together(written(bytes), written(small), written(small)),
  delete: (bytes) => read(bytes) + read(small) + together(written(bytes), written(small)),
};

const operations = ['get', 'list', 'create', 'update', 'rename', 'delete'] as const;
type Operation = (typeof operations)[number];

const names: Readonly<Record<Operation, string>> = {
  get: 'get a persona',
  list: `list ${listed} personas`,
  create: 'create a persona',
  update: 'update a persona',
  rename: 'rename a persona',
  delete: 'delete a persona',
};

export async function measure(): Promise<Row[]> {
  await using directory = await temporaryDirectory();
  const engine = await startDynamoDb();
  const recorder = await startRecorder(engine.url, ({ operation, input }) => ({
    ...input,
    ...(/Item|Query/.test(operation) && { ReturnConsumedCapacity: 'TOTAL' }),
  }));
  try {
    await using server = await startServer(directory.path, { AWS_ENDPOINT_URL_DYNAMODB: recorder.url });
    using client = connect(server.url, 10);
    const rows: Row[] = [];
    for (const size of sizes) {
      const costs = await costsAt(size, client.call, recorder);
      rows.push(...operations.map((operation) => rowOf(operation, size, costs[operation])));
    }
    return rows;
  } finally {
    await recorder.close();
    await engine.close();
  }
}

const rowOf = (operation: Operation, size: number, value: number): Row => ({
  what: `${names[operation]} of ${size / 1000} kB, a million times`,
  against: 'the least that is billed',
  unit: '$',
  value,
  baseline: least[operation](size),
  goal: 1,
});

/** Dollars for a million of each operation, in a project of so many personas of that size. */
async function costsAt(
  size: number,
  call: (method: string, path: string, body?: object) => Promise<string>,
  recorder: Recorder,
): Promise<Record<Operation, number>> {
  const prompt = promptOf(size - around);
  const newPersona = () => personaOf(uuidv7(), prompt);
  const { id: projectId } = JSON.parse(await call('POST', '/api/projects', { name: 'Capacity' }));
  const personas = `/api/projects/${projectId}/personas`;
  const made = Array.from({ length: listed }, () => call('POST', personas, newPersona()));
  const persona = `${personas}/${JSON.parse((await Promise.all(made))[0] ?? '').id}`;

  const deeds: Record<Operation, () => Promise<unknown>> = {
    get: () => call('GET', persona),
    list: () => call('GET', personas),
    create: () => call('POST', personas, newPersona()),
    update: () => call('PUT', persona, { systemPrompt: `${prompt.slice(0, -1)}!` }),
    rename: () => call('PUT', persona, { name: `Persona ${uuidv7()}` }),
    delete: () => call('DELETE', persona),
  };
  const costs: Partial<Record<Operation, number>> = {};
  for (const operation of operations) {
    recorder.forget();
    await deeds[operation]();
    costs[operation] = costOf(recorder);
  }
  return costs as Record<Operation, number>;
}

const costOf = ({ calls }: Recorder): number =>
  sum(
    calls.map(({ operation, output }) => {
      const perUnit = /^(Get|BatchGet|Query)/.test(operation) ? price.read : price.write;
      const consumed: readonly { CapacityUnits: number }[] = [output.ConsumedCapacity].flat();
      return perUnit * sum(consumed.map(({ CapacityUnits }) => CapacityUnits));
    }),
  );
