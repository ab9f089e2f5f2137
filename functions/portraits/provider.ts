import type { Image } from '../domain/image.ts';
import type { Persona } from '../domain/persona.ts';

/** A provider that draws portraits. Each is a folder here; nothing outside of it knows its API. */
export interface PortraitProvider {
  /** Draws one portrait in one paid call, which is never retried. Maps the provider's errors to refusals. */
  draw(request: PortraitRequest): Promise<Drawing>;
}

export interface Drawing extends Image {
  /** The cost in tokens, if the provider tells it. */
  readonly tokens: number | undefined;
}

/** An image in whose style a portrait is drawn. */
export interface StyleReference extends Image {
  readonly id: string;
}

export interface PortraitRequest {
  readonly persona: Persona;
  /** Sent in this order. */
  readonly references: readonly StyleReference[];
  readonly model: string;
  readonly apiKey: string;
  readonly projectId: string;
}
