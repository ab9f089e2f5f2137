import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { Persona } from '../../../functions/domain/persona.ts';
import { CallFailed } from '../api.ts';
import { exitStatus, UsageError } from '../exit-status.ts';
import { inParallel } from '../in-parallel.ts';
import { counted, note, printJson, showProgress } from '../output.ts';
import { allPersonas, personasNamed } from '../personas.ts';
import { command, run } from '../session.ts';

/** A drawing may take 285 s at the gateway. */
const timeoutMs = 300_000;

function countFrom(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 16)
    throw new InvalidArgumentError('It must be a whole number from 1 to 16.');
  return count;
}

export const drawCommand = command('draw')
  .description('draws portraits, which costs money at the provider')
  .argument('[names or ids...]')
  .option('--missing', 'all personas that have a system prompt and no portrait')
  .option('--at-once <count>', 'how many at once', countFrom, 2)
  .action((named, options) =>
    run(options, async (session) => {
      if (named.length > 0 === Boolean(options.missing)) throw new UsageError('Use either names or ids, or --missing.');
      const project = await session.project();
      const personas = options.missing
        ? (await allPersonas(project)).filter(({ imageUrl, systemPrompt }) => !imageUrl && systemPrompt?.trim())
        : await personasNamed(project, named);
      const drawn: Pick<Persona, 'id' | 'name' | 'imageUrl'>[] = [];
      let refused = 0;
      const progress = showProgress('portraits', personas.length);
      try {
        await inParallel(options.atOnce, personas, async ({ id, name }) => {
          try {
            const path = `/personas/${id}/generate-image`;
            const { imageUrl } = await project.json<Persona>('POST', path, { timeoutMs });
            drawn.push({ id, name, ...(imageUrl && { imageUrl }) });
          } catch (error) {
            if (!isOfOnePersona(error)) throw error;
            note(`${name}: ${error.message}`);
            refused += 1;
          }
          progress.step();
        });
      } finally {
        progress.stop();
        if (options.json) printJson(drawn);
        note(`${counted(drawn.length, 'portrait')} drawn${refused ? `, ${refused} refused` : ''}.`);
      }
      return refused > 0 ? exitStatus.partly : exitStatus.done;
    }),
  );

/** Whether the failure only concerns this persona. A wrong key, a used up quota or a retired model concerns all. */
const isOfOnePersona = (error: unknown): error is CallFailed =>
  error instanceof CallFailed &&
  (error.status === 404 ||
    error.status === 409 ||
    [
      'image_moderation_blocked',
      'image_provider_error',
      'image_provider_timeout',
      'image_outcome_unknown',
      'system_prompt_missing',
    ].includes(error.code ?? ''));
