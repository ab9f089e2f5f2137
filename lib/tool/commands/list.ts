import { exitStatus } from '../exit-status.ts';
import { printJson, printTable } from '../output.ts';
import { allPersonas } from '../personas.ts';
import { command, repeated, run } from '../session.ts';

export const listCommand = command('list')
  .description('lists the personas of a project, oldest first')
  .option('--tag <tag>', 'only personas with this tag; may be repeated for all of several tags', repeated)
  .option('--search <text>', 'only personas with this text in name, description or a tag')
  .action((options) =>
    run(options, async (session) => {
      const query = new URLSearchParams([
        ...(options.tag ?? []).map((tag): [string, string] => ['tag', tag]),
        ...(options.search ? [['q', options.search] as [string, string]] : []),
      ]);
      const personas = await allPersonas(await session.project(), query.size > 0 ? `&${query}` : '');
      if (options.json) printJson(personas);
      else {
        printTable(
          ['NAME', 'DESCRIPTION', 'TAGS', 'PORTRAIT', 'UPDATED', 'ID'],
          personas.map(({ name, description = '', tags = [], imageUrl, updatedAt, id }) => [
            name,
            description,
            tags.join(', '),
            imageUrl ? 'yes' : 'no',
            updatedAt.slice(0, 16).replace('T', ' '),
            id,
          ]),
        );
      }
      return exitStatus.done;
    }),
  );
