import type { Image } from '../domain/image.ts';
import type { Persona } from '../domain/persona.ts';

/** Who draws portraits. A provider is a folder beside this file; nothing outside it knows its API. */
export interface PortraitProvider {
  /** Draws one portrait in one paid call, which is never repeated. Refuses as the contract's table of the provider's answers says. */
  draw(commission: Commission): Promise<Drawing>;
}

export interface Drawing extends Image {
  /** What the provider says that it cost. */
  readonly tokens: number | undefined;
}

/** An image in whose style a portrait is drawn. */
export interface StyleReference extends Image {
  readonly id: string;
}

export interface Commission {
  readonly persona: Persona;
  /** In this order. */
  readonly references: readonly StyleReference[];
  readonly model: string;
  readonly apiKey: string;
  readonly projectId: string;
}
