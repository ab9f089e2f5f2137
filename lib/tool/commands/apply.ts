import { isRefusal } from '../api.ts';
import { applyChange } from '../apply.ts';
import { compare } from '../changes.ts';
import { exitStatus, UsageError } from '../exit-status.ts';
import { inParallel } from '../in-parallel.ts';
import { note, showProgress } from '../output.ts';
import { command, run } from '../session.ts';
import { onlyProject, readSource } from '../source.ts';
import { tellChanges } from '../tell-changes.ts';

const atOnce = 4;

export const applyCommand = command('apply')
  .description("makes a project's personas those of a file, by their names; twice is as once")
  .argument('<source>', 'a file or folder, as of import')
  .option('--only <id or name>', 'of a source with several projects, this one')
  .option('--prune', 'delete personas that are not in it')
  .option('--dry-run', 'say what would change, and change nothing')
  .action((source, options) =>
    run(options, async (session) => {
      const contents = await readSource(source, session.signal);
      if (contents.warnings.length > 0) throw new UsageError('Nothing is applied: put right what is told above.');
      const wanted = onlyProject(contents, options.only);
      const project = await session.project();
      const comparison = await compare(project, wanted, options.prune ?? false);
      tellChanges(comparison, options.prune ?? false, options.json ?? false);
      if (options.dryRun) return exitStatus.done;

      let made = 0;
      let refused = 0;
      const progress = showProgress('changes', comparison.changes.length);
      try {
        // What is deleted last would keep others from its name.
        const ordered = [...comparison.changes].sort((a, b) => rank(a.kind) - rank(b.kind));
        await inParallel(atOnce, ordered, async (change) => {
          try {
            await applyChange(project, wanted, change);
            made += 1;
          } catch (error) {
            if (!isRefusal(error)) throw error;
            note(`${change.name}: ${error.message}`);
            refused += 1;
          }
          progress.step();
        });
      } finally {
        progress.stop();
        note(`${made} of ${comparison.changes.length} changes made.`);
      }
      return refused > 0 ? exitStatus.partly : exitStatus.done;
    }),
  );

const rank = (kind: string): number => ['delete', 'update', 'create'].indexOf(kind);
