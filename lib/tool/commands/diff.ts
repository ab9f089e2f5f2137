import { compare } from '../changes.ts';
import { exitStatus } from '../exit-status.ts';
import { printChanges } from '../print-changes.ts';
import { command, run } from '../session.ts';
import { onlyProject, readSource } from '../source.ts';

export const diffCommand = command('diff')
  .description('shows what apply would change; the exit status is 4 if there are changes')
  .argument('<source>', 'a file or folder, as for import')
  .option('--only <id or name>', 'the project of the source, if it has several')
  .option('--prune', 'include personas that are not in the source')
  .action((source, options) =>
    run(options, async (session) => {
      const wanted = onlyProject(await readSource(source, session.signal), options.only);
      const comparison = await compare(await session.project(), wanted, options.prune ?? false);
      printChanges(comparison, options.prune ?? false, options.json ?? false);
      return comparison.changes.length > 0 ? exitStatus.differs : exitStatus.done;
    }),
  );
