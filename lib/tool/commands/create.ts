import type { Persona } from '../../../functions/domain/persona.ts';
import { exitStatus } from '../exit-status.ts';
import { print, printJson } from '../output.ts';
import { fieldsFrom } from '../persona-options.ts';
import { command, repeated, run } from '../session.ts';

export const createCommand = command('create')
  .description('creates a persona')
  .argument('<name>')
  .option('--description <text>')
  .option('--prompt <text>', 'its system prompt')
  .option('--prompt-file <file>', 'the same from a file, or from standard input (-)')
  .option('--tag <tag>', 'may be repeated', repeated)
  .option('--header <header>', '"Name: value"; may be repeated', repeated)
  .action((name, options) =>
    run(options, async (session) => {
      const body = { name, ...(await fieldsFrom(options)) };
      const persona = await (await session.project()).json<Persona>('POST', '/personas', { body });
      if (options.json) printJson(persona);
      else print(persona.id);
      return exitStatus.done;
    }),
  );
