import { exitStatus } from '../exit-status.ts';
import { print, printJson } from '../output.ts';
import { personaNamed } from '../personas.ts';
import { command, run } from '../session.ts';

export const showCommand = command('show')
  .description('shows a persona')
  .argument('<name or id>')
  .action((named, options) =>
    run(options, async (session) => {
      const persona = await personaNamed(await session.project(), named);
      if (options.json) printJson(persona);
      else for (const [field, value] of Object.entries(persona)) print(lineOf(field, value ?? ''));
      return exitStatus.done;
    }),
  );

function lineOf(field: string, value: string | readonly string[] | Readonly<Record<string, string>>): string {
  if (typeof value === 'string') return `${field}: ${value.includes('\n') ? `\n${value}` : value}`;
  if (Array.isArray(value)) return `${field}: ${value.join(', ')}`;
  return [`${field}:`, ...Object.entries(value).map(([name, text]) => `  ${name}: ${text}`)].join('\n');
}
