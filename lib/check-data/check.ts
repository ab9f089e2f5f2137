import { setting } from '../../functions/domain/settings.ts';
import { checkProject, projectIds, scanTable } from '../../functions/upkeep/check.ts';
import { type Finding, kinds } from '../../functions/upkeep/findings.ts';
import { repair } from '../../functions/upkeep/repair.ts';

export interface CheckOptions {
  /** This project only. */
  readonly project?: string | undefined;
  /** Whether the whole table is read, for what no list names. */
  readonly all: boolean;
  /** Objects without a record that are younger are passed over. */
  readonly hours: number;
  readonly repair: boolean;
  /** Whether the result is printed for programs. */
  readonly json: boolean;
  /** Milliseconds after which what was found is looked at again. Default: a quarter of a second. */
  readonly pause?: number;
}

/** What came of a finding. */
interface Told extends Finding {
  readonly says: string;
  readonly repaired: boolean;
}

/** Checks the data, repairs it where that is wanted, and prints what was found. Answers how much is wrong still. */
export async function checkData(options: CheckOptions): Promise<number> {
  const limits = {
    storedBefore: new Date(Date.now() - options.hours * 60 * 60 * 1000),
    keepPortraits: Number(setting('KEEP_PORTRAITS')),
  };
  const scanned = options.all ? await scanTable() : { projectIds: [], findings: [] };
  const ids = options.project ? [options.project] : [...new Set([...(await projectIds()), ...scanned.projectIds])];
  const told = options.repair ? await repairAll(scanned.findings) : scanned.findings.map(asIs);
  for (const [index, projectId] of ids.entries()) {
    progress(index, ids.length);
    told.push(...(await checkOne(() => checkProject(projectId, limits, options.pause), options.repair)));
  }
  print(told, ids.length, options.json);
  return told.filter(({ repaired }) => !repaired).length;
}

/** Repairs lead to others: what is marked as dying has to go, too. */
const maxRounds = 5;

async function checkOne(check: () => Promise<Finding[]>, repairs: boolean): Promise<Told[]> {
  const findings = await check();
  if (!repairs) return findings.map(asIs);
  const told: Told[] = [];
  let left = findings;
  for (let round = 0; left.length > 0 && round < maxRounds; round++) {
    told.push(...(await repairAll(left)));
    const unrepaired = new Set(told.filter(({ repaired }) => !repaired).map(textOf));
    left = (await check()).filter((finding) => !unrepaired.has(textOf(finding)));
  }
  return [...told, ...left.map(asIs)];
}

async function repairAll(findings: readonly Finding[]): Promise<Told[]> {
  const told: Told[] = [];
  for (const finding of findings) {
    const repaired = await repair(finding).catch((error: Error) => {
      console.error(`${sentence(finding)} cannot be repaired: ${error.message}`);
      return false;
    });
    told.push({ ...asIs(finding), repaired });
  }
  return told;
}

const asIs = (finding: Finding): Told => ({ ...finding, says: kinds[finding.kind].says, repaired: false });
const textOf = ({ kind, about }: Finding) => [kind, ...about].join(' ');
const sentence = ({ kind, projectId, about }: Finding) =>
  `Project ${projectId}: ${kinds[kind].says}${about.length > 0 ? `: ${about.join(' ')}` : ''}`;

function progress(done: number, all: number): void {
  if (done > 0 && done % 100 === 0) console.error(`${done} of ${all} projects`);
}

function print(told: readonly Told[], projects: number, json: boolean): void {
  const wrong = told.filter(({ repaired }) => !repaired).length;
  if (json) {
    console.log(JSON.stringify({ projects, wrong, findings: told }, undefined, 2));
    return;
  }
  for (const finding of told) console.log(`${finding.repaired ? 'Repaired' : 'Wrong'}. ${sentence(finding)}`);
  const repaired = told.length > wrong ? ` Repaired: ${told.length - wrong}.` : '';
  console.log(
    `Projects checked: ${projects}. ${wrong === 0 ? 'All is as it should be' : `Wrong: ${wrong}`}.${repaired}`,
  );
}
