/** Batches of personas: each entry is as safe as a single create, and the results are those of creating them one after another. */

import { deadline } from '../domain/deadline.ts';
import type { IdempotentRequest, Once } from '../domain/idempotency.ts';
import { newIds } from '../domain/new-id.ts';
import { applyChanges, checkSize, newPersona, type Persona } from '../domain/persona.ts';
import type { BatchEntry, ConflictRule, PersonaBatch } from '../domain/persona-batch.ts';
import { copyFamily } from '../domain/persona-copy.ts';
import type { NewPersona } from '../domain/persona-requests.ts';
import type { ProjectPath } from '../domain/project.ts';
import { nameTaken, personaNotFound, storageUnavailable } from '../domain/refusal.ts';
import * as runs from './batch-runs.ts';
import { isNameTaken, underFreeName } from './copies.ts';
import { retryConflicts, writeConflict } from './dynamo.ts';
import * as personas from './personas.ts';
import * as projects from './projects.ts';

/** The result of an entry. */
export type Outcome =
  | ({ readonly status: 'created' | 'replaced' | 'skipped'; readonly name: string } & Holder)
  | { readonly status: 'failed'; readonly name: string; readonly cause: unknown };

/** The persona that has a name; without an id if it exists in a dry run only. */
type Holder = { readonly id?: string };

/** Where entries are stored: the table, or the memory of a dry run. */
interface Target {
  holderOf(name: string): Promise<Holder | undefined>;
  namesFrom(start: string): Promise<ReadonlySet<string>>;
  /** Refuses if the name is taken. */
  insert(fields: NewPersona, id: string): Promise<Holder>;
  /** Sets the fields of the persona that has their name. Throws a WriteConflict if it no longer has that name. */
  change(holder: Holder, fields: NewPersona): Promise<void>;
}

const entriesAtOnce = 25;

/** Processes a batch and returns the results in the order of the entries. Refuses if the project does not exist. */
export async function create(
  path: ProjectPath,
  batch: PersonaBatch,
  request?: IdempotentRequest,
): Promise<Once<Outcome[]>> {
  await projects.mustExist(path);
  const count = batch.personas.length;
  if (!request || batch.dryRun) return { result: await processAll(path, batch, newIds(count), []), isReplay: false };
  const { ids, settled, isReplay } = await runs.begin(path, request, count);
  const result = await processAll(path, batch, ids, isReplay ? await earlierOutcomes(path, ids, settled) : []);
  if (settled.some((entry) => !entry))
    await runs.end(
      path,
      request,
      result.map((outcome, index) => settled[index] ?? toSettled(outcome)),
    );
  return { result, isReplay };
}

const toSettled = (outcome: Outcome): runs.Settled =>
  outcome.status === 'failed' ? null : { status: outcome.status, id: outcome.id ?? '' };

/** The results of an earlier run, with the personas' present names; undefined for entries without a result. */
async function earlierOutcomes(
  path: ProjectPath,
  ids: readonly string[],
  settled: readonly runs.Settled[],
): Promise<(Outcome | undefined)[]> {
  const expected = ids.map((id, index) => settled[index] ?? { status: 'created' as const, id });
  const names = await personas.namesOf(
    path,
    expected.map(({ id }) => id),
  );
  return expected.map(({ status, id }, index) => {
    const name = names.get(id);
    if (name !== undefined) return { status, id, name };
    return settled[index] ? { status: 'failed', name: '', cause: personaNotFound() } : undefined;
  });
}

/** `known`: the results of an earlier run. */
async function processAll(
  path: ProjectPath,
  { personas: entries, onConflict = 'fail', dryRun }: PersonaBatch,
  ids: readonly string[],
  known: readonly (Outcome | undefined)[],
): Promise<Outcome[]> {
  const target = dryRun ? dryRunTarget(path) : tableTarget(path);
  const outcomes: Outcome[] = [];
  const jobs = entries.map((entry, index) => ({ entry, index, id: ids[index] ?? '' }));
  // Only entries that may compete for a name have to be processed in order.
  const familyOf = onConflict === 'rename' ? copyFamily : (name: string) => name;
  const families = Map.groupBy(jobs, ({ entry: { name } }) => familyOf(name)).values();
  using time = timeLimit();
  const work = async () => {
    for (const family of families) {
      for (const { entry, index, id } of family) {
        const before = known[index];
        outcomes[index] = before
          ? { ...before, name: before.name || entry.name }
          : await time
              .within(() => processEntry(target, onConflict, entry, id))
              .catch((cause: unknown): Outcome => ({ status: 'failed', name: entry.name, cause }));
      }
    }
  };
  await Promise.all(Array.from({ length: entriesAtOnce }, work));
  return outcomes;
}

/** Bounds work by the deadline: work that has not ended by then fails with `storage_unavailable`. */
function timeLimit() {
  const end = deadline();
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  const timer = setTimeout(() => reject(storageUnavailable()), Math.max(0, end - performance.now()));
  return {
    async within<Result>(work: () => Promise<Result>): Promise<Result> {
      if (performance.now() >= end) throw storageUnavailable();
      return Promise.race([work(), promise]);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

async function processEntry(target: Target, rule: ConflictRule, entry: BatchEntry, id: string): Promise<Outcome> {
  if ('refusal' in entry) throw entry.refusal;
  const { fields, name } = entry;
  const insert = async (free: string): Promise<Outcome> => ({
    status: 'created',
    ...(await target.insert({ ...fields, name: free }, id)),
    name: free,
  });
  if (rule === 'skip' || rule === 'replace') {
    return retryConflicts(async () => {
      const holder = await target.holderOf(name);
      if (!holder) return insert(name).catch(toWriteConflict);
      if (rule === 'skip') return { status: 'skipped', ...holder, name };
      await target.change(holder, fields);
      return { status: 'replaced', ...holder, name };
    });
  }
  try {
    return await insert(name);
  } catch (error) {
    if (rule === 'fail' || !isNameTaken(error)) throw error;
    return underFreeName(name, target.namesFrom, insert);
  }
}

/** Another caller took the name after it was read. */
function toWriteConflict(error: unknown): never {
  throw isNameTaken(error) ? writeConflict() : error;
}

const tableTarget = (path: ProjectPath): Target => ({
  holderOf: (name) => personas.holderOf(path, name),
  namesFrom: (start) => personas.namesFrom(path, start),
  async insert(fields, id) {
    await personas.insert(path, newPersona(fields, id));
    return { id };
  },
  change: ({ id: personaId = '' }, fields) => personas.changeNamed({ ...path, personaId }, fields),
});

/** Stores nothing, and remembers what would be stored. */
function dryRunTarget(path: ProjectPath): Target {
  const table = tableTarget(path);
  const made = new Map<string, { readonly holder: Holder; readonly persona: Persona }>();
  const holderOf = async (name: string) => made.get(name)?.holder ?? table.holderOf(name);
  return {
    holderOf,
    namesFrom: async (start) => new Set([...(await table.namesFrom(start)), ...made.keys()]),
    async insert(fields, id) {
      const persona = newPersona(fields, id);
      checkSize(persona);
      if (await holderOf(persona.name)) throw nameTaken(persona.name);
      made.set(persona.name, { holder: {}, persona });
      return {};
    },
    async change(holder, fields) {
      const { id: personaId = '' } = holder;
      const before =
        made.get(fields.name)?.persona ?? (await personas.getNamed({ ...path, personaId }, fields.name)).persona;
      const persona = applyChanges(before, fields, before.updatedAt);
      checkSize(persona);
      made.set(fields.name, { holder, persona });
    },
  };
}
