import { compare } from '../changes.ts';
import { exitStatus } from '../exit-status.ts';
import { command, run } from '../session.ts';
import { onlyProject, readSource } from '../source.ts';
import { tellChanges } from '../tell-changes.ts';

export const diffCommand = command('diff')
  .description('says what apply would change; exit status 4 where that is something')
  .argument('<source>', 'a file or folder, as of import')
  .option('--only <id or name>', 'of a source with several projects, this one')
  .option('--prune', 'also tell of personas that are not in it')
  .action((source, options) =>
    run(options, async (session) => {
      const wanted = onlyProject(await readSource(source, session.signal), options.only);
      const comparison = await compare(await session.project(), wanted, options.prune ?? false);
      tellChanges(comparison, options.prune ?? false, options.json ?? false);
      return comparison.changes.length > 0 ? exitStatus.differs : exitStatus.done;
    }),
  );
