/** Writes a project into files. A file is there under its name only when it is complete. */
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
import { orGone, wholeList } from './personas.ts';

type Project = Api & { readonly id: string };

/** Takes what is written, in order. */
export type Write = (text: string) => Promise<void>;

/** How many images are fetched at a time, and held. */
const atOnce = 4;

interface ListedImage {
  readonly id: string;
  readonly role: string;
}

/** The project's line and those of its personas. Answers which images they name. */
async function writeLines(project: Project, write: Write): Promise<{ personas: number; images: ListedImage[] }> {
  const config = await project.json<Record<string, unknown>>('GET', '/config');
  await write(projectLine({ id: project.id, ...config }));
  let personas = 0;
  const portraits: string[] = [];
  for await (const part of project.parts<Persona>(wholeList)) {
    await write(part.map(personaLine).join(''));
    personas += part.length;
    portraits.push(...part.flatMap(({ imageUrl }) => imageUrl ?? []));
  }
  return { personas, images: await imagesOf(project, portraits) };
}

/** Those of the two roles that the service knows, and portraits of whatever role. */
async function imagesOf(project: Project, portraits: readonly string[]): Promise<ListedImage[]> {
  const roles = new Map(portraits.map((id) => [id, portraitRole]));
  for (const role of [portraitRole, styleRole]) {
    const { ids } = await project.json<{ ids: string[] }>('GET', `/images?role=${role}`);
    for (const id of ids) roles.set(id, role);
  }
  return [...roles].map(([id, role]) => ({ id, role }));
}

/** One after another, though several are fetched at once. One that was deleted meanwhile is passed over. */
async function eachImage(
  project: Project,
  images: readonly ListedImage[],
  take: (image: ListedImage, bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const progress = showProgress('images', images.length);
  try {
    for (let at = 0; at < images.length; at += atOnce) {
      const group = images.slice(at, at + atOnce);
      const fetched = await Promise.all(group.map(({ id }) => project.bytes(`/images/${id}`).catch(orGone)));
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

/** Everything of the project in one stream of JSON lines. */
export async function exportLines(project: Project, write: Write, withImages: boolean): Promise<number> {
  const { personas, images } = await writeLines(project, write);
  if (withImages) await eachImage(project, images, ({ id, role }, bytes) => write(imageLine(id, role, bytes)));
  return personas;
}

/** The same in a folder, the images as files. An earlier export there is replaced. */
export async function exportFolder(project: Project, folder: string, withImages: boolean): Promise<number> {
  await checkFolder(folder);
  let personas = 0;
  await writeWhole(join(folder, linesFile), async (write) => {
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
    throw new UsageError(`${folder} holds other files. Give a new folder, or one of an earlier export.`);
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

/** Images of an earlier export that the project has no more. */
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

/** A card of each persona: a PNG where its portrait is one, else JSON with the portrait in it. */
export async function exportCards(project: Project, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  let count = 0;
  for await (const part of project.parts<Persona>(wholeList)) {
    for (const persona of part) {
      const portrait = persona.imageUrl && (await project.bytes(`/images/${persona.imageUrl}`).catch(orGone));
      const isPng = portrait && mediaTypeOf(portrait) === 'image/png';
      const name = fileNameOf(persona);
      if (isPng) await writeFile(join(folder, `${name}.png`), writeCardPng(persona, portrait));
      else await writeFile(join(folder, `${name}.json`), writeCard(persona, portrait || undefined));
      count += 1;
    }
  }
  return count;
}

/** Readable, allowed by every file system, and by the end of its id, which is random, of this persona alone. */
function fileNameOf({ name, id }: Persona): string {
  const readable = name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
  return `${[...readable].slice(0, 40).join('')}-${id.slice(-8)}`;
}

/** Has a file written under another name first. */
export async function writeWhole(path: string, work: (write: Write) => Promise<void>): Promise<void> {
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

/** Whether a path is a folder, or is to become one: it has no ending. */
export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found ? found.isDirectory() : path.endsWith('/') || !/\.\w+$/.test(path);
}
