/** What a file, a folder or another service holds: every reader hands it over in this one form. */
import type * as z from 'zod/mini';
import { NewPersona } from '../domain/persona-requests.ts';

export interface Contents {
  readonly projects: readonly SourceProject[];
  /** What could not be taken over, or not as it stands. */
  readonly warnings: readonly Warning[];
}

export interface SourceProject {
  /** How its source names it; absent where a file holds personas alone. */
  readonly id?: string;
  readonly name?: string;
  readonly settings?: SourceSettings;
  readonly personas: readonly SourcePersona[];
  readonly images: readonly SourceImage[];
  /** The fields that the source can tell of, where these are not all of them: a column that is not there says nothing. */
  readonly fields?: readonly PersonaField[];
}

/** As PUT …/config takes them. */
export interface SourceSettings {
  readonly llmSettings?: {
    readonly provider: string;
    readonly apiKey?: string;
    readonly models?: Readonly<Record<string, string>>;
  };
  readonly maxConcurrency?: number;
  readonly maxImagesPerDay?: number;
}

export interface SourcePersona {
  /** How its source names it: an id, else its name. */
  readonly id: string;
  /** Where it stands: `Checkout bot, line 3`. */
  readonly at: string;
  /** As POST …/personas takes them, without `null`. */
  readonly fields: PersonaFields;
  /** Its portrait, an id among the images of the project. */
  readonly portrait?: string;
}

export interface SourceImage {
  readonly id: string;
  readonly role: string;
  /** Its bytes, read when they are asked for. */
  load(): Promise<Uint8Array>;
}

/** `at` is empty where it concerns the whole. */
export interface Warning {
  readonly at: string;
  readonly message: string;
}

export type PersonaField = keyof NewPersona;
export type PersonaFields = { [Field in PersonaField]?: NonNullable<NewPersona[Field]> } & { name: string };

/** A file that is not what it claims to be, or is cut off. The message is a sentence that names the line or the entry. */
export class FormatError extends Error {}

/** Gathers the entries of one project, and tells of those that the service would refuse. `label` stands before each place. */
export function collector(label: string, project: Pick<SourceProject, 'id' | 'name' | 'settings' | 'fields'> = {}) {
  const personas: SourcePersona[] = [];
  const images = new Map<string, SourceImage>();
  const warnings: Warning[] = [];
  const placed = (place: string) => [label, place].filter(Boolean).join(', ');
  const warn = (place: string, message: string) => void warnings.push({ at: placed(place), message });

  return {
    warn,
    addImage: (image: SourceImage) => void images.set(image.id, image),
    /**
     * After the images. `entry` holds fields of any type; those of a persona are looked at, and `imageUrl`, which names its portrait: one that is
     * not among the images is told, and left out.
     */
    addPersona(place: string, entry: Readonly<Record<string, unknown>>): void {
      const { data, error } = NewPersona.safeParse(entry);
      if (!data) {
        warn(place, `Left out: ${error.issues.map(sentenceOf).join('; ')}.`);
        return;
      }
      const fields = Object.fromEntries(Object.entries(data).filter(([, value]) => value != null)) as PersonaFields;
      const id = textOf(entry.id) ?? fields.name;
      const portrait = textOf(entry.imageUrl);
      if (portrait && !images.has(portrait)) warn(place, `Its portrait ${quoted(portrait)} is not there.`);
      personas.push({ id, at: placed(place), fields, ...(portrait && images.has(portrait) && { portrait }) });
    },
    contents: (): Contents => ({ projects: [{ ...project, personas, images: [...images.values()] }], warnings }),
  };
}

/** Of the key of an object, the complaint about it lies within. */
const sentenceOf = (issue: z.core.$ZodIssue): string =>
  (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message;

/** The projects of several sources. */
export const combined = (parts: readonly Contents[]): Contents => ({
  projects: parts.flatMap(({ projects }) => projects),
  warnings: parts.flatMap(({ warnings }) => warnings),
});

/** Tells of personas of one project that have one name, which are told apart in EvalStudio by outer white space, or in a file by nothing. */
export function twinsIn({ personas }: SourceProject): Warning[] {
  const places = new Map<string, string>();
  return personas.flatMap(({ at, fields: { name } }) => {
    const other = places.get(name);
    places.set(name, other ?? at);
    return other === undefined ? [] : [{ at, message: `${quoted(name)} is the name of ${other}, too.` }];
  });
}

/** A text that is not empty. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text from a file as it is shown: in quotes, cut where it is long. */
export const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
