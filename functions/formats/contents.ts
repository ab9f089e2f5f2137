/** The contents of a file, a folder or another service, in the one form that all readers return. */
import type * as z from 'zod/mini';
import { NewPersona } from '../domain/persona-requests.ts';

export interface Contents {
  readonly projects: readonly SourceProject[];
  /** What could not be read, or only with changes. */
  readonly warnings: readonly Warning[];
}

export interface SourceProject {
  /** The id in the source; absent if a file has personas only. */
  readonly id?: string;
  readonly name?: string;
  readonly settings?: SourceSettings;
  readonly personas: readonly SourcePersona[];
  readonly images: readonly SourceImage[];
  /** The fields that the source knows, if not all: a missing CSV column does not mean that the field is absent. */
  readonly fields?: readonly PersonaField[];
}

/** In the form of PUT …/config. */
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
  /** The id in the source, or its name if there is none. */
  readonly id: string;
  /** Its place in the source, such as `Checkout bot, line 3`. */
  readonly at: string;
  /** In the form of POST …/personas, without `null`. */
  readonly fields: PersonaFields;
  /** The id of its portrait among the images of the project. */
  readonly portrait?: string;
}

export interface SourceImage {
  readonly id: string;
  readonly role: string;
  /** Reads its bytes. */
  load(): Promise<Uint8Array>;
}

/** `at` is empty if it concerns the whole source. */
export interface Warning {
  readonly at: string;
  readonly message: string;
}

export type PersonaField = keyof NewPersona;
export type PersonaFields = { [Field in PersonaField]?: NonNullable<NewPersona[Field]> } & { name: string };

/** A damaged or truncated file. The message is a sentence that names the line or the entry. */
export class FormatError extends Error {}

/** Collects the entries of one project, and warns about those that the service would refuse. `label` is put before each place. */
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
     * Call it after `addImage`. `entry` may have fields of any type; those of a persona are validated. A portrait (`imageUrl`) that is not among
     * the images leads to a warning.
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
      if (portrait && !images.has(portrait)) warn(place, `Its portrait ${quote(portrait)} is missing.`);
      personas.push({ id, at: placed(place), fields, ...(portrait && images.has(portrait) && { portrait }) });
    },
    contents: (): Contents => ({ projects: [{ ...project, personas, images: [...images.values()] }], warnings }),
  };
}

/** For a wrong key of a record, the message is in the inner issue. */
const sentenceOf = (issue: z.core.$ZodIssue): string =>
  (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message;

/** Merges the contents of several sources. */
export const combine = (parts: readonly Contents[]): Contents => ({
  projects: parts.flatMap(({ projects }) => projects),
  warnings: parts.flatMap(({ warnings }) => warnings),
});

/** Warns about personas of a project with the same name. In EvalStudio, names may differ in outer white space only. */
export function duplicateNamesIn({ personas }: SourceProject): Warning[] {
  const places = new Map<string, string>();
  return personas.flatMap(({ at, fields: { name } }) => {
    const other = places.get(name);
    places.set(name, other ?? at);
    return other === undefined ? [] : [{ at, message: `${quote(name)} is also the name of ${other}.` }];
  });
}

/** The value if it is a text and not empty. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Quotes a text from a file for a message, and cuts a long one. */
export const quote = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
