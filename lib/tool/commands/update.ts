import { Option } from '@commander-js/extra-typings';
import type { Persona } from '../../../functions/domain/persona.ts';
import { exitStatus, UsageError } from '../exit-status.ts';
import { printJson } from '../output.ts';
import { fieldsFrom } from '../persona-options.ts';
import { personasNamed } from '../personas.ts';
import { command, repeated, run } from '../session.ts';

const optional = ['description', 'systemPrompt', 'tags', 'headers', 'imageUrl'] as const;

export const updateCommand = command('update')
  .description('changes the given fields of a persona')
  .argument('<name or id>')
  .option('--name <name>', 'its new name')
  .option('--description <text>')
  .option('--prompt <text>', 'its system prompt')
  .option('--prompt-file <file>', 'the same from a file, or from standard input (-)')
  .option('--tag <tag>', 'replaces its tags; may be repeated', repeated)
  .option('--header <header>', 'replaces its headers, "Name: value"; may be repeated', repeated)
  .addOption(new Option('--clear <field...>', 'removes fields').choices(optional))
  .action((named, options) =>
    run(options, async (session) => {
      const cleared = Object.fromEntries((options.clear ?? []).map((field) => [field, null]));
      const body = { ...cleared, ...(options.name && { name: options.name }), ...(await fieldsFrom(options)) };
      if (Object.keys(body).length === 0) throw new UsageError('No change is given. See --help.');
      const project = await session.project();
      const [found] = await personasNamed(project, [named]);
      const persona = await project.json<Persona>('PUT', `/personas/${found?.id}`, { body });
      if (options.json) printJson(persona);
      return exitStatus.done;
    }),
  );
