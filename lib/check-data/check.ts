import { setting } from '../../functions/domain/settings.ts';
import { checkProject, projectIds, scanTable } from '../../functions/upkeep/check.ts';
import { type Finding, kinds } from '../../functions/upkeep/findings.ts';
import { repair } from '../../functions/upkeep/repair.ts';

export interface CheckOptions {
  /** Only this project. */
  readonly project?: string | undefined;
  /** Whether to scan the whole table, for projects and keys that are in no list. */
  readonly all: boolean;
  /** Younger objects without a record are ignored. */
  readonly hours: number;
  readonly repair: boolean;
  /** Whether to print JSON. */
  readonly json: boolean;
  /** Milliseconds after which findings are confirmed. Default: 250. */
  readonly pause?: number;
}

/** A finding and its repair. */
interface Result extends Finding {
  readonly says: string;
  readonly repaired: boolean;
}

/** Checks the data, repairs it if requested, and prints the findings. Returns how many are not repaired. */
export async function checkData(options: CheckOptions): Promise<number> {
  const limits = {
    storedBefore: new Date(Date.now() - options.hours * 60 * 60 * 1000),
    keepPortraits: Number(setting('KEEP_PORTRAITS')),
  };
  const scanned = options.all ? await scanTable() : { projectIds: [], findings: [] };
  const ids = options.project ? [options.project] : [...new Set([...(await projectIds()), ...scanned.projectIds])];
  const results = options.repair ? await repairAll(scanned.findings) : scanned.findings.map(asIs);
  for (const [index, projectId] of ids.entries()) {
    progress(index, ids.length);
    results.push(...(await checkOne(() => checkProject(projectId, limits, options.pause), options.repair)));
  }
  print(results, ids.length, options.json);
  return results.filter(({ repaired }) => !repaired).length;
}

/** A repair may lead to another one: an image that it marks as deleted has to be removed. */
const maxRounds = 5;

async function checkOne(check: () => Promise<Finding[]>, repairs: boolean): Promise<Result[]> {
  const findings = await check();
  if (!repairs) return findings.map(asIs);
  const results: Result[] = [];
  let left = findings;
  for (let round = 0; left.length > 0 && round < maxRounds; round++) {
    results.push(...(await repairAll(left)));
    const unrepaired = new Set(results.filter(({ repaired }) => !repaired).map(textOf));
    left = (await check()).filter((finding) => !unrepaired.has(textOf(finding)));
  }
  return [...results, ...left.map(asIs)];
}

async function repairAll(findings: readonly Finding[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const finding of findings) {
    const repaired = await repair(finding).catch((error: Error) => {
      console.error(`${sentence(finding)} cannot be repaired: ${error.message}`);
      return false;
    });
    results.push({ ...asIs(finding), repaired });
  }
  return results;
}

const asIs = (finding: Finding): Result => ({ ...finding, says: kinds[finding.kind].says, repaired: false });
const textOf = ({ kind, about }: Finding) => [kind, ...about].join(' ');
const sentence = ({ kind, projectId, about }: Finding) =>
  `Project ${projectId}: ${kinds[kind].says}${about.length > 0 ? `: ${about.join(' ')}` : ''}`;

function progress(done: number, all: number): void {
  if (done > 0 && done % 100 === 0) console.error(`${done} of ${all} projects`);
}

function print(results: readonly Result[], projects: number, json: boolean): void {
  const wrong = results.filter(({ repaired }) => !repaired).length;
  if (json) {
    console.log(JSON.stringify({ projects, wrong, findings: results }, undefined, 2));
    return;
  }
  for (const finding of results) console.log(`${finding.repaired ? 'Repaired' : 'Wrong'}. ${sentence(finding)}`);
  const repaired = results.length > wrong ? ` Repaired: ${results.length - wrong}.` : '';
  console.log(
    `Projects checked: ${projects}. ${wrong === 0 ? 'The data is consistent' : `Wrong: ${wrong}`}.${repaired}`,
  );
}
