import { exitStatus } from '../exit-status.ts';
import { counted, note, printJson } from '../output.ts';
import { ignoreNotFound, personasNamed } from '../personas.ts';
import { command, run } from '../session.ts';

export const deleteCommand = command('delete')
  .description('deletes personas; if one does not exist, it deletes none')
  .argument('<names or ids...>')
  .action((named, options) =>
    run(options, async (session) => {
      const project = await session.project();
      const deleted: string[] = [];
      try {
        for (const { id } of await personasNamed(project, named)) {
          await project.send('DELETE', `/personas/${id}`).catch(ignoreNotFound);
          deleted.push(id);
        }
      } finally {
        if (options.json) printJson({ deleted });
        note(`${counted(deleted.length, 'persona')} deleted.`);
      }
      return exitStatus.done;
    }),
  );
