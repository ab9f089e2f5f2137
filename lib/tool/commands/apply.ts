import { isRefusal } from '../api.ts';
import { applyChange } from '../apply.ts';
import { compare } from '../changes.ts';
import { exitStatus, UsageError } from '../exit-status.ts';
import { inParallel } from '../in-parallel.ts';
import { note, showProgress } from '../output.ts';
import { printChanges } from '../print-changes.ts';
import { command, run } from '../session.ts';
import { onlyProject, readSource } from '../source.ts';

const atOnce = 4;

export const applyCommand = command('apply')
  .description("makes a project's personas equal to those of a file; a second run changes nothing")
  .argument('<source>', 'a file or folder, as for import')
  .option('--only <id or name>', 'the project of the source, if it has several')
  .option('--prune', 'delete personas that are not in the source')
  .option('--dry-run', 'only show what would change')
  .action((source, options) =>
    run(options, async (session) => {
      const contents = await readSource(source, session.signal);
      if (contents.warnings.length > 0) throw new UsageError('Nothing was applied. Fix the entries above first.');
      const wanted = onlyProject(contents, options.only);
      const project = await session.project();
      const comparison = await compare(project, wanted, options.prune ?? false);
      printChanges(comparison, options.prune ?? false, options.json ?? false);
      if (options.dryRun) return exitStatus.done;

      let made = 0;
      let refused = 0;
      const progress = showProgress('changes', comparison.changes.length);
      try {
        // Deletions come first, since they free names.
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
        note(`${made} of ${comparison.changes.length} changes applied.`);
      }
      return refused > 0 ? exitStatus.partly : exitStatus.done;
    }),
  );

const rank = (kind: string): number => ['delete', 'update', 'create'].indexOf(kind);
