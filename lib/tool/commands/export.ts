import { Option } from '@commander-js/extra-typings';
import { writeCsv } from '../../../functions/formats/csv.ts';
import { writePromptfoo } from '../../../functions/formats/promptfoo.ts';
import { exitStatus, UsageError } from '../exit-status.ts';
import { exportCards, exportFolder, exportLines, isFolder, type Write, writeAtomically } from '../export.ts';
import { counted, note } from '../output.ts';
import { allPersonas } from '../personas.ts';
import { command, run } from '../session.ts';

const formats = ['folder', 'jsonl', 'csv', 'cards', 'promptfoo'] as const;
type Format = (typeof formats)[number];
const formatByEnding = new Map<string, Format>([
  ['jsonl', 'jsonl'],
  ['csv', 'csv'],
  ['yaml', 'promptfoo'],
  ['yml', 'promptfoo'],
]);

export const exportCommand = command('export')
  .description('exports a project to files, without keys')
  .argument('<target>', 'a file (jsonl, csv, yaml), a folder, or - for standard output')
  .addOption(
    new Option(
      '--format <format>',
      'folder and jsonl: everything; cards: a character card for each persona; promptfoo: simulated users in YAML (default: by the target)',
    ).choices(formats),
  )
  .option('--no-images', 'leave the images out')
  .action((target, options) =>
    run(options, async (session) => {
      const format = options.format ?? (await formatOf(target));
      const project = await session.project();
      const count = await exported();
      note(`${counted(count, 'persona')} exported.`);
      return exitStatus.done;

      async function exported(): Promise<number> {
        if (format === 'folder') return exportFolder(project, target, options.images);
        if (format === 'cards') return exportCards(project, target);
        let count = 0;
        await writeTo(target, async (write) => {
          if (format === 'jsonl') {
            count = await exportLines(project, write, options.images);
            return;
          }
          const personas = await allPersonas(project);
          await write(format === 'csv' ? writeCsv(personas) : writePromptfoo(personas));
          count = personas.length;
        });
        return count;
      }
    }),
  );

async function formatOf(target: string): Promise<Format> {
  if (target === '-') return 'jsonl';
  if (await isFolder(target)) return 'folder';
  const format = formatByEnding.get(target.split('.').at(-1) ?? '');
  if (!format) throw new UsageError(`The format of ${target} is unclear. Use --format.`);
  return format;
}

const writeTo = (target: string, work: (write: Write) => Promise<void>): Promise<void> =>
  target === '-' ? work(writeOut) : writeAtomically(target, work);

const writeOut: Write = (text) =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
