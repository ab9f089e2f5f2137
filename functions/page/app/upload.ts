import { api, call } from './api.ts';
import { versionOf } from './version.ts';
import { arrive } from './versions.ts';

/** Uploads a picture. Returns its id. */
export async function uploadPicture(projectId: string, file: File, role: string): Promise<string> {
  const body = { imageBase64: await base64Of(file), role, filename: file.name };
  const { data } = await call(api.POST('/api/projects/{projectId}/images', { params: { path: { projectId } }, body }));
  return data.id;
}

export async function uploadPortrait(projectId: string, personaId: string, file: File): Promise<void> {
  await putPortrait(projectId, personaId, await uploadPicture(projectId, file, 'persona-avatar'));
}

/** Makes an uploaded picture the persona's portrait. */
export async function putPortrait(projectId: string, personaId: string, imageUrl: string): Promise<void> {
  const params = { path: { projectId, personaId } };
  const body = { imageUrl };
  arrive(projectId, versionOf(await call(api.PUT('/api/projects/{projectId}/personas/{personaId}', { params, body }))));
}

/** A data URL, which the API accepts. */
function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error(`${file.name} could not be read.`));
    reader.readAsDataURL(file);
  });
}
