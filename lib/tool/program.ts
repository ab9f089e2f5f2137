/** The command line tool. */
import { Command } from '@commander-js/extra-typings';
import manifest from '../../package.json' with { type: 'json' };
import { applyCommand } from './commands/apply.ts';
import { createCommand } from './commands/create.ts';
import { deleteCommand } from './commands/delete.ts';
import { diffCommand } from './commands/diff.ts';
import { drawCommand } from './commands/draw.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { listCommand } from './commands/list.ts';
import { showCommand } from './commands/show.ts';
import { updateCommand } from './commands/update.ts';
import { exitStatus } from './exit-status.ts';

const statuses = `
Exit status: 0 success; 1 failure; 2 wrong options or a wrong file, nothing was done; 3 success, except for entries that are reported;
4 diff found differences; 130 interrupted.`;

const program = new Command('personas-api')
  .description('The command line tool of the Personas API.')
  .version(manifest.version)
  .addHelpText('after', statuses);

const commands = [
  listCommand,
  showCommand,
  createCommand,
  updateCommand,
  deleteCommand,
  drawCommand,
  importCommand,
  exportCommand,
  diffCommand,
  applyCommand,
];
for (const command of commands) program.addCommand(command);
for (const command of [program, ...program.commands]) {
  command.showHelpAfterError('(--help shows the options)').exitOverride(({ exitCode }) => {
    process.exit(exitCode === 0 ? exitStatus.done : exitStatus.usage);
  });
}

export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has closed the pipe, such as `head`.
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  await program.parseAsync([...argv]);
}
