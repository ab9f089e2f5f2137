import { startStack } from '../../lib/local/stack.ts';
import { answerOf, hostileBatches, hostileBodies, targets } from '../support/hostile-bodies.ts';
import type { Options, Row } from './row.ts';
import { median } from './statistics.ts';

/** Measures the CPU time until the costliest body is refused, including garbage collection. */
export async function measure({ quick }: Options): Promise<Row[]> {
  const stack = await startStack();
  try {
    const projectId = await newProject(stack.url);
    const rows: Row[] = [];
    const measureBody = async (what: string, name: string, body: string) => {
      const times: number[] = [];
      for (let count = 0; count < (quick ? 3 : 9); count++) {
        const start = process.cpuUsage();
        await answerOf(name, projectId, body);
        const { user, system } = process.cpuUsage(start);
        times.push((user + system) / 1000);
      }
      rows.push({ what: `${what} to ${name}`, unit: 'ms of CPU', value: median(times), goal: 50 });
    };
    for (const [name, megabytes] of targets) {
      for (const [what, bodyOf] of hostileBodies)
        await measureBody(`${what}, ${megabytes} MB`, name, bodyOf(megabytes));
    }
    for (const [what, body] of hostileBatches) await measureBody(`100 personas with ${what}`, 'create-personas', body);
    const [costliest] = rows.toSorted((a, b) => b.value - a.value);
    return costliest ? [{ ...costliest, what: `costliest of ${rows.length} hostile bodies: ${costliest.what}` }] : [];
  } finally {
    await stack.close();
  }
}

async function newProject(url: string): Promise<string> {
  const response = await fetch(`${url}/api/projects`, { method: 'POST', body: Buffer.from('{"name":"Bench"}') });
  const { id }: { id: string } = JSON.parse(await response.text());
  return id;
}
