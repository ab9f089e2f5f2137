/** Measures import and export of a project with images with the command line tool. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imageLine } from '../../functions/formats/json-lines.ts';
import { pngOf } from '../support/pictures.ts';
import type { Options, Row } from './row.ts';
import { startServer } from './server.ts';
import { promptOf, temporaryDirectory } from './stored-personas.ts';

/** The size of a picture in kB. */
const imageSize = 256;
const prompt = promptOf(600);

/** Limits the heap, so that memory depends on the number of images and not on uncollected garbage. */
const bounded = ['--max-semi-space-size=16', '--max-old-space-size=256'];

export async function measure({ quick }: Options): Promise<Row[]> {
  await using directory = await temporaryDirectory();
  await using server = await startServer(join(directory.path, 'data'));
  const personas = quick ? 1_000 : 10_000;
  const images = quick ? 100 : 1_000;
  const run = (command: string, file: string, ...options: string[]) =>
    runTool(directory.path, [command, file, '--url', server.url, ...options]);

  const measured = [];
  for (const count of [images / 10, images]) {
    const project = `${count} images`;
    const file = join(directory.path, `${count}.jsonl`);
    await writeLines(file, personas, count);
    const taken = await run('import', file, '--new-project', project);
    await rm(file);
    const given = await run('export', file, '--project', project);
    await rm(file);
    measured.push({ import: taken, export: given });
  }
  const [few, many] = measured;
  if (!few || !many) throw new Error('Nothing was measured');
  return (['import', 'export'] as const).flatMap((way) => {
    const what = `${way} of ${personas} personas and ${images} images of ${imageSize} kB`;
    return [
      { what, unit: 's', value: many[way].seconds },
      {
        what: `${what}, peak memory`,
        against: 'with a tenth of the images',
        unit: 'MB',
        value: many[way].megabytes,
        baseline: few[way].megabytes,
        goal: 1.25,
      },
    ];
  });
}

async function writeLines(path: string, personas: number, images: number): Promise<void> {
  await using file = await open(path, 'w');
  const picture = pngOf(imageSize * 1000);
  for (let index = 0; index < personas; index++) {
    const portrait = index < images ? { imageUrl: `${index}.png` } : {};
    await file.write(`${JSON.stringify({ name: `Persona ${index}`, systemPrompt: prompt, ...portrait })}\n`);
  }
  for (let index = 0; index < images; index++) await file.write(imageLine(`${index}.png`, 'persona-avatar', picture));
}

async function runTool(folder: string, args: readonly string[]) {
  const start = performance.now();
  const program = fileURLToPath(new URL('tool-process.ts', import.meta.url));
  const child = fork(program, args, {
    cwd: folder,
    execArgv: bounded,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let bytes: number | undefined;
  child.on('message', (message: number) => {
    bytes = message;
  });
  await once(child, 'exit');
  if (bytes === undefined) throw new Error(`${args[0]} failed`);
  return { seconds: (performance.now() - start) / 1000, megabytes: bytes / 1e6 };
}
