import { basename } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import type { SourceProject } from '../../../functions/formats/contents.ts';
import type { Api } from '../api.ts';
import { exitStatus, UsageError } from '../exit-status.ts';
import { emptyTally, type Import, importImages, importPersonas, importProject, type Tally } from '../import.ts';
import { previewImport } from '../import-preview.ts';
import { openState, saveState } from '../map-file.ts';
import { counted, note, printJson } from '../output.ts';
import { command, run, type Session } from '../session.ts';
import { isAddress, onlyProject, readSource } from '../source.ts';

export const importCommand = command('import')
  .description('imports personas, images and settings')
  .argument(
    '<source>',
    'a file (jsonl, json, csv, png), a folder (an EvalStudio workspace, an export, or files), or the address of a running EvalStudio',
  )
  .option('--only <id or name>', 'import this project of the source')
  .option('--new-project <name>', 'import into a new project with this name')
  .addOption(
    new Option('--on-conflict <what>', 'what to do if a name is taken')
      .choices(['fail', 'skip', 'rename', 'replace'] as const)
      .default('fail' as const),
  )
  .option(
    '--map <file>',
    'the file that maps old ids to new ones, from which an interrupted import continues (default: <source>.map.json)',
  )
  .option(
    '--with-keys',
    'import the provider keys of a workspace; missing ones come from PERSONAS_OPENAI_KEY and PERSONAS_ANTHROPIC_KEY in the environment',
  )
  .option('--dry-run', 'only show what would be imported')
  .addHelpText('after', '\nWithout --project and --new-project, each project of the source becomes a new one.')
  .action((source, options) =>
    run(options, async (session) => {
      if (options.newProject !== undefined && session.hasProject) {
        throw new UsageError('Use either --project or --new-project.');
      }
      const contents = await readSource(source, session.signal);
      const single = session.hasProject || options.newProject !== undefined || options.only !== undefined;
      const chosen = single ? [onlyProject(contents, options.only)] : contents.projects;
      const projects = chosen.map((project) => named(project, options.newProject));
      const target = await targetOf(session, projects);

      if (options.dryRun) return previewImport(projects, target, options.onConflict, contents, Boolean(options.json));

      const mapFile = options.map ?? mapFileOf(source);
      const state = await openState(mapFile, target?.url ?? session.api.url);
      const importing: Import = {
        api: session.api,
        state,
        mapFile,
        onConflict: options.onConflict,
        signal: session.signal,
        providerKey: ({ provider, apiKey }) => (options.withKeys && apiKey) || givenKey(provider),
      };
      const tally = emptyTally();
      try {
        for (const project of projects) await importInto(importing, target, project, tally);
        state.finishedAt = new Date().toISOString();
        await saveState(mapFile, state);
      } finally {
        printTally(tally, mapFile, Boolean(options.json), state.finishedAt);
      }
      return tally.refused > 0 || contents.warnings.length > 0 ? exitStatus.partly : exitStatus.done;
    }),
  );

const named = (project: SourceProject, newName: string | undefined): SourceProject =>
  newName === undefined ? project : { ...project, name: newName };

/** The key of a provider in the environment. */
const givenKey = (provider: string): string | undefined =>
  process.env[`PERSONAS_${provider.toUpperCase()}_KEY`] || undefined;

/** The project to import into; undefined if the source's projects become new ones. */
async function targetOf(session: Session, projects: readonly SourceProject[]) {
  const becomesNew = !session.hasProject && projects.every(({ name }) => name);
  return becomesNew ? undefined : session.project();
}

/** The default map file, in the current directory. */
function mapFileOf(source: string): string {
  return `${isAddress(source) ? new URL(source).host.replace(':', '-') : basename(source)}.map.json`;
}

async function importInto(importing: Import, target: Api | undefined, source: SourceProject, tally: Tally) {
  const project = target ?? (await importProject(importing, source));
  await importImages(importing, project, source, tally);
  await importPersonas(importing, project, source, tally);
}

function printTally(tally: Tally, map: string, json: boolean, finishedAt: string | undefined): void {
  if (json) printJson({ ...tally, map, finished: finishedAt !== undefined });
  const { created, replaced, skipped, portraits, images, refused } = tally;
  const parts = [
    `${counted(created, 'persona')} created`,
    replaced && `${replaced} replaced`,
    skipped && `${skipped} skipped`,
    refused && `${refused} refused`,
    `${counted(images, 'image')} stored`,
    `${counted(portraits, 'portrait')} set`,
  ].filter(Boolean);
  note(
    `${parts.join(', ')}. ${finishedAt ? `${map} maps old ids to new ones.` : `Not finished; run the same command again to continue (${map}).`}`,
  );
}
