import { randomUUID } from 'node:crypto';
import type { Api } from './api.ts';

/** Unique names of a run, by which everything that it created can be found. */
export interface Run {
  /** The name of its project, and the prefix of the names of its personas. */
  readonly mark: string;
  /** The role of its image. */
  readonly role: string;
  /** The project to use; without it, the run creates one. */
  readonly projectId: string | undefined;
}

export function newRun(projectId: string | undefined): Run {
  const id = randomUUID();
  return { mark: `Smoke test ${id}`, role: `smoke-${id}`, projectId };
}

/**
 * Removes everything that is left of a run, including what was created by a call whose answer was lost. Returns the removed paths. After a failure it
 * continues, and throws the first failure at the end.
 */
export async function sweep(api: Api, { mark, role, projectId }: Run): Promise<string[]> {
  const removed: string[] = [];
  const failures: unknown[] = [];
  const tried = async <Result>(work: () => Promise<Result[]>): Promise<Result[]> => {
    try {
      return await work();
    } catch (error) {
      failures.push(error);
      return [];
    }
  };
  const remove = (path: string) =>
    tried(async () => {
      const answer = await api('DELETE', path);
      if (answer.status === 404) return [];
      answer.is(204);
      return [removed.push(path)];
    });

  const projectIds = projectId
    ? [projectId]
    : await tried(async () => {
        const projects = (await api('GET', '/api/projects')).is(200).list();
        return projects.filter(({ name }) => name === mark).map(({ id }) => String(id));
      });
  for (const project of projectIds.map((id) => `/api/projects/${id}`)) {
    const personas = await tried(async () => (await api('GET', `${project}/personas`)).is(200).list());
    for (const { id, name } of personas) {
      if (String(name).startsWith(mark)) await remove(`${project}/personas/${id}`);
    }
    const images = await tried(async () => imageIds(await api('GET', `${project}/images?role=${role}`)));
    for (const id of images) await remove(`${project}/images/${id}`);
    if (!projectId) await remove(project);
  }
  if (failures.length > 0) throw failures[0];
  return removed;
}

export function imageIds(answer: Awaited<ReturnType<Api>>): string[] {
  const { ids } = answer.is(200).fields();
  answer.must(Array.isArray(ids), 'an array of ids', 'something else');
  return ids as string[];
}
