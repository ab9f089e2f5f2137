/** Exports a project to files. A file gets its name only when it is complete. */
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { portraitRole, styleRole } from '../../functions/domain/image-role.ts';
import type { Persona } from '../../functions/domain/persona.ts';
import { mediaTypeOf } from '../../functions/formats/bytes.ts';
import { writeCard, writeCardPng } from '../../functions/formats/character-card.ts';
import { imageLine, personaLine, projectLine } from '../../functions/formats/json-lines.ts';
import { imagesFolder, linesFile } from '../../functions/formats/read.ts';
import type { Api } from './api.ts';
import { UsageError } from './exit-status.ts';
import { showProgress } from './output.ts';
import { ignoreNotFound, personaPages } from './personas.ts';

type Project = Api & { readonly id: string };

/** Writes text, in order. */
export type Write = (text: string) => Promise<void>;

/** Concurrent downloads of images, which are held in memory. */
const atOnce = 4;

interface ListedImage {
  readonly id: string;
  readonly role: string;
}

/** Writes the lines of the project and its personas. Returns the images to export. */
async function writeLines(project: Project, write: Write): Promise<{ personas: number; images: ListedImage[] }> {
  const config = await project.json<Record<string, unknown>>('GET', '/config');
  await write(projectLine({ id: project.id, ...config }));
  let personas = 0;
  const portraits: string[] = [];
  for await (const part of project.pages<Persona>(personaPages)) {
    await write(part.map(personaLine).join(''));
    personas += part.length;
    portraits.push(...part.flatMap(({ imageUrl }) => imageUrl ?? []));
  }
  return { personas, images: await imagesOf(project, portraits) };
}

/** The images of the two known roles, and portraits of any role. */
async function imagesOf(project: Project, portraits: readonly string[]): Promise<ListedImage[]> {
  const roles = new Map(portraits.map((id) => [id, portraitRole]));
  for (const role of [portraitRole, styleRole]) {
    const { ids } = await project.json<{ ids: string[] }>('GET', `/images?role=${role}`);
    for (const id of ids) roles.set(id, role);
  }
  return [...roles].map(([id, role]) => ({ id, role }));
}

/** Handles images in order, while several are fetched at once. Skips those deleted meanwhile. */
async function eachImage(
  project: Project,
  images: readonly ListedImage[],
  take: (image: ListedImage, bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const progress = showProgress('images', images.length);
  try {
    for (let at = 0; at < images.length; at += atOnce) {
      const group = images.slice(at, at + atOnce);
      const fetched = await Promise.all(group.map(({ id }) => project.bytes(`/images/${id}`).catch(ignoreNotFound)));
      for (const [index, image] of group.entries()) {
        const bytes = fetched[index];
        if (bytes) await take(image, bytes);
        progress.step();
      }
    }
  } finally {
    progress.stop();
  }
}

/** Exports everything as JSON Lines. */
export async function exportLines(project: Project, write: Write, withImages: boolean): Promise<number> {
  const { personas, images } = await writeLines(project, write);
  if (withImages) await eachImage(project, images, ({ id, role }, bytes) => write(imageLine(id, role, bytes)));
  return personas;
}

/** Exports everything to a folder, with images as files. Replaces an earlier export. */
export async function exportFolder(project: Project, folder: string, withImages: boolean): Promise<number> {
  await checkFolder(folder);
  let personas = 0;
  await writeAtomically(join(folder, linesFile), async (write) => {
    const lines = await writeLines(project, write);
    personas = lines.personas;
    if (!withImages) return;
    await eachImage(project, lines.images, async ({ id, role }, bytes) => {
      await mkdir(join(folder, imagesFolder, role), { recursive: true });
      await writeFile(join(folder, imagesFolder, role, id), bytes);
    });
    await removeOthers(folder, lines.images);
  });
  return personas;
}

async function checkFolder(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (names.length > 0 && !names.includes(linesFile)) {
    throw new UsageError(`${folder} has other files. Use a new folder, or that of an earlier export.`);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

const imageName = /^[0-9a-f-]{36}\.(png|jpg|webp)$/;

/** Removes images of an earlier export that the project no longer has. */
async function removeOthers(folder: string, images: readonly ListedImage[]): Promise<void> {
  const kept = new Set(images.map(({ id, role }) => join(folder, imagesFolder, role, id)));
  for (const role of [portraitRole, styleRole]) {
    const names = await namesIn(join(folder, imagesFolder, role));
    for (const name of names) {
      const path = join(folder, imagesFolder, role, name);
      if (imageName.test(name) && !kept.has(path)) await rm(path);
    }
  }
}

/** Exports a card for each persona: a PNG if its portrait is one, otherwise JSON with the portrait. */
export async function exportCards(project: Project, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  let count = 0;
  for await (const part of project.pages<Persona>(personaPages)) {
    for (const persona of part) {
      const portrait = persona.imageUrl && (await project.bytes(`/images/${persona.imageUrl}`).catch(ignoreNotFound));
      const isPng = portrait && mediaTypeOf(portrait) === 'image/png';
      const name = fileNameOf(persona);
      if (isPng) await writeFile(join(folder, `${name}.png`), writeCardPng(persona, portrait));
      else await writeFile(join(folder, `${name}.json`), writeCard(persona, portrait || undefined));
      count += 1;
    }
  }
  return count;
}

/** A readable name that is valid in every file system, and unique by the random end of the id. */
function fileNameOf({ name, id }: Persona): string {
  const readable = name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
  return `${[...readable].slice(0, 40).join('')}-${id.slice(-8)}`;
}

/** Writes a file under another name, and renames it when it is complete. */
export async function writeAtomically(path: string, work: (write: Write) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  const file: FileHandle = await open(part, 'w');
  try {
    await work(async (text) => void (await file.write(text)));
  } catch (error) {
    await file.close();
    await rm(part);
    throw error;
  }
  await file.close();
  await rename(part, path);
}

/** Whether a path is a folder, or would become one, since it has no extension. */
export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found ? found.isDirectory() : path.endsWith('/') || !/\.\w+$/.test(path);
}
