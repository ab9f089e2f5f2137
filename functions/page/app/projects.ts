/** The projects that the caller may see. */
import { signal } from '@preact/signals';
import { api, call, cursorOf, type Project } from './api.ts';
import { type CallFailure, failureOf } from './call-failure.ts';

export interface Projects {
  /** Undefined while they are loading. */
  readonly list?: readonly Project[];
  readonly failure?: CallFailure;
}

export const projects = signal<Projects>({});

export async function loadProjects(): Promise<void> {
  const list: Project[] = [];
  let cursor: string | undefined;
  try {
    do {
      const query = { limit: 1_000, ...(cursor && { cursor }) };
      const { data, response } = await call(api.GET('/api/projects', { params: { query } }));
      list.push(...data);
      cursor = cursorOf(response);
    } while (cursor);
    projects.value = { list };
  } catch (error) {
    projects.value = { failure: failureOf(error) };
  }
}

export const nameOf = (projectId: string): string =>
  projects.value.list?.find(({ id }) => id === projectId)?.name ?? 'Project';
