/** `npm run check-data`: checks that the stored data is consistent, on this machine or in a deployment. */
import { parseArgs } from 'node:util';
import { checkData } from '../lib/check-data/check.ts';
import { useDeployment, useLocalData } from '../lib/check-data/data.ts';
import { fail, ownDirectory } from '../lib/local/program.ts';

const usage = `Usage: npm run check-data -- [options]

  --stack <name>         check a deployment, with the AWS credentials of the shell (default: the data of npm start)
  --data <directory>     the data directory of npm start (default: .local/ in this project)
  --project <id>         check only this project
  --all                  also find projects that are in no list: reads, and costs, the whole table
  --older-than <hours>   ignore younger objects without a record (default: 24)
  --repair               repair what can be repaired
  --json                 print JSON
  --help                 this text

Exits with status 1 if the data is inconsistent. Lists objects, but does not read them.`;

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
