import { type Answer, api, call, type Persona } from './api.ts';

/** A version of a persona. */
export interface Version {
  readonly persona: Persona;
  /** For `If-Match`. */
  readonly tag: string;
}

export const versionOf = ({ data, response }: Answer<Persona>): Version => ({
  persona: data,
  tag: response.headers.get('etag') ?? '',
});

export async function readVersion(projectId: string, personaId: string): Promise<Version> {
  const params = { path: { projectId, personaId } };
  return versionOf(await call(api.GET('/api/projects/{projectId}/personas/{personaId}', { params })));
}
