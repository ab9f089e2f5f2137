/** Measures concurrent callers of one project, with transaction conflicts as in DynamoDB. */
import { startDynamoDb } from '../../lib/local/dynamodb.ts';
import { conflicting } from '../support/contention.ts';
import { startRecorder } from '../support/recorder.ts';
import type { Options, Row } from './row.ts';
import { connect, startServer } from './server.ts';
import { temporaryDirectory } from './stored-personas.ts';

const callers = 50;
const sameName = 200;

export async function measure({ quick }: Options): Promise<Row[]> {
  await using directory = await temporaryDirectory();
  const engine = await startDynamoDb();
  const recorder = await startRecorder(engine.url);
  recorder.intercept(conflicting());
  try {
    await using server = await startServer(directory.path, { AWS_ENDPOINT_URL_DYNAMODB: recorder.url });
    using client = connect(server.url, sameName);
    const { id } = JSON.parse(await client.call('POST', '/api/projects', { name: 'Contention' }));
    const personas = `/api/projects/${id}/personas`;
    const { id: personaId } = JSON.parse(await client.call('POST', personas, { name: 'Edited' }));
    const send = async (method: string, path: string, body: object): Promise<Outcome> => {
      const start = performance.now();
      const answer = await client.send(method, path, body);
      answer.resume();
      return { status: answer.statusCode ?? 0, milliseconds: performance.now() - start };
    };
    const create = (name: string) => send('POST', personas, { name });
    await Promise.all(Array.from({ length: callers }, (_, index) => create(`Before ${index}`)));

    const start = performance.now();
    const created = await byAll(quick ? 20 : 60, (caller, turn) => create(`Persona ${caller} ${turn}`));
    const seconds = (performance.now() - start) / 1000;
    const alike = await Promise.all(Array.from({ length: sameName }, () => create('Only')));
    const edited = await byAll(1, (caller) => send('PUT', `${personas}/${personaId}`, { description: `${caller}` }));
    const counted = (outcomes: readonly Outcome[], ...statuses: readonly number[]) =>
      outcomes.filter(({ status }) => statuses.includes(status)).length;
    return [
      {
        what: `a create among those of ${callers} callers, different names, under contention`,
        unit: 'ms a create',
        value: (seconds * 1000) / created.length,
        goal: 5,
      },
      { what: '99th percentile of those', unit: 'ms', value: percentile(created, 0.99), goal: 1_000 },
      { what: 'of those not answered 201', unit: 'answers', value: created.length - counted(created, 201), goal: 0 },
      {
        what: `of ${sameName} creates of one name, answered neither by the one 201 nor by 409`,
        unit: 'answers',
        value: sameName - Math.min(1, counted(alike, 201)) - counted(alike, 409),
        goal: 0,
      },
      {
        what: `of edits of one persona by ${callers} callers, not answered 200`,
        unit: 'answers',
        value: callers - counted(edited, 200),
        goal: 0,
      },
    ];
  } finally {
    await recorder.close();
    await engine.close();
  }
}

interface Outcome {
  readonly status: number;
  readonly milliseconds: number;
}

/** All answers to concurrent callers, each of which makes several calls in turn. */
async function byAll(turns: number, call: (caller: number, turn: number) => Promise<Outcome>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const work = async (_: unknown, caller: number) => {
    for (let turn = 0; turn < turns; turn++) outcomes.push(await call(caller, turn));
  };
  await Promise.all(Array.from({ length: callers }, work));
  return outcomes;
}

function percentile(outcomes: readonly Outcome[], share: number): number {
  const times = outcomes.map(({ milliseconds }) => milliseconds).toSorted((one, other) => one - other);
  return times[Math.ceil(share * times.length) - 1] ?? Number.NaN;
}
