/** `npm run check-models`: fails three months before the shutdown of the default image model, and if the list of shutdowns is older than that. */
import { parseArgs } from 'node:util';
import { endOf, modelEndsReadOn } from '../functions/portraits/openai/model-ends.ts';
import { settingDefaults } from '../lib/contract/settings.ts';

const usage = `Usage: npm run check-models -- [--on <date>]

  --on <date>   the day to check for, as YYYY-MM-DD (default: today)`;

const { values } = parseArgs({ options: { on: { type: 'string' }, help: { type: 'boolean', default: false } } });
const now = values.on === undefined ? Date.now() : Date.parse(values.on);
const daysUntil = (day: string) => Math.floor((Date.parse(day) - now) / 86_400_000);
const noticeDays = 92;

function faults(): string[] {
  const model = settingDefaults.IMAGE_MODEL;
  const end = endOf(model);
  const table = 'functions/portraits/openai/model-ends.ts';
  return [
    ...(end && daysUntil(end.ends) <= noticeDays
      ? [`${model} is shut down on ${end.ends}. Choose another default in lib/contract/settings.ts.`]
      : []),
    ...(-daysUntil(modelEndsReadOn) > noticeDays
      ? [`${table} was last updated on ${modelEndsReadOn}. Read OpenAI's page again.`]
      : []),
  ];
}

if (values.help || Number.isNaN(now)) {
  console.error(usage);
  process.exitCode = values.help ? 0 : 1;
} else {
  const found = faults();
  for (const fault of found) console.error(fault);
  if (found.length > 0) process.exitCode = 1;
  else console.log(`${settingDefaults.IMAGE_MODEL} has no announced shutdown within ${noticeDays} days.`);
}
