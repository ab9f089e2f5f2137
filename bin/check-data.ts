/** `npm run check-data`: whether all that is stored agrees, here or in a deployment. */
import { parseArgs } from 'node:util';
import { checkData } from '../lib/check-data/check.ts';
import { useDeployment, useLocalData } from '../lib/check-data/data.ts';
import { fail, ownDirectory } from '../lib/local/program.ts';

const usage = `Usage: npm run check-data -- [options]

  --stack <name>         a deployment's data, with the AWS credentials of the shell (default: the data of npm start)
  --data <directory>     where npm start keeps its data (default: .local/ of this project)
  --project <id>         this project only
  --all                  look for projects that no list names, too: reads, and costs, the whole table
  --older-than <hours>   pass over objects without a record that are younger (default: 24)
  --repair               put right what can be put right
  --json                 print the result for programs
  --help                 this text

Ends with status 1 when something is wrong. Reads no object: it lists them.`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      stack: { type: 'string' },
      data: { type: 'string', default: ownDirectory },
      project: { type: 'string' },
      all: { type: 'boolean', default: false },
      'older-than': { type: 'string', default: '24' },
      repair: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const hours = Number(values['older-than']);
  if (!(hours >= 0)) throw new Error('--older-than must be a number of hours.');
  return { ...values, hours };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return console.log(usage);
  await using _data = options.stack ? await useDeployment(options.stack) : await useLocalData(options.data);
  process.exitCode = (await checkData(options)) === 0 ? 0 : 1;
}

await main().catch((error) => fail(error, 'npm run check-data'));
