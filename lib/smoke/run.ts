import { randomUUID } from 'node:crypto';
import type { Api } from './api.ts';

/** Names that no other run has, by which what it made is found again. */
export interface Run {
  /** The name of its project, and how the names of its personas begin. */
  readonly mark: string;
  /** The role of its image. */
  readonly role: string;
  /** The project to work in; without it the run makes one of its own. */
  readonly projectId: string | undefined;
}

export function newRun(projectId: string | undefined): Run {
  const id = randomUUID();
  return { mark: `Smoke test ${id}`, role: `smoke-${id}`, projectId };
}

/**
 * Removes whatever is left of a run, also what was made by a call whose answer got lost. Answers the paths of what it removed. Tries
 * everything before it throws the first failure.
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
