/** Measures how many requests a second `npm start` answers, with ten connections on the same machine. */
import { v7 as uuidv7 } from 'uuid';
import type { Options, Row } from './row.ts';
import { connect, startServer } from './server.ts';
import { interleaved, median } from './statistics.ts';
import { promptOf, storeProjects, temporaryDirectory } from './stored-personas.ts';

const connections = 10;
const prompt = promptOf(600);

export async function measure({ quick }: Options): Promise<Row[]> {
  await using directory = await temporaryDirectory();
  const [read, written] = await storeProjects(directory.path, { count: 10, prompt }, { count: 0, prompt });
  await using server = await startServer(directory.path);
  using client = connect(server.url, connections);

  const personas = `/api/projects/${read?.id}/personas`;
  const seconds = quick ? 1 : 3;
  const contenders = {
    get: () => rate(seconds, () => client.call('GET', `${personas}/${read?.personaIds[0]}`)),
    'list of 10': () => rate(seconds, () => client.call('GET', personas)),
    create: () =>
      rate(seconds, () =>
        client.call('POST', `/api/projects/${written?.id}/personas`, { name: uuidv7(), systemPrompt: prompt }),
      ),
  };
  await interleaved(1, contenders);
  const rates = await interleaved(3, contenders);
  return Object.entries(rates).map(([operation, perSecond]) => ({
    what: `${operation}, ${connections} connections, local server`,
    unit: 'requests/s',
    value: median(perSecond),
  }));
}

/** Requests a second, over all connections. */
async function rate(seconds: number, send: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let answered = 0;
  const work = async () => {
    for (; performance.now() < end; answered++) await send();
  };
  await Promise.all(Array.from({ length: connections }, work));
  return (answered / (performance.now() - start)) * 1000;
}
