import type { SourcePersona } from './contents.ts';

/** The limits of POST …/personas/batch: 100 entries and 5 MB, less a margin for the rest of the body. */
const maxEntries = 100;
const maxBytes = 4.5 * 1024 * 1024;

/** Splits personas into batches, in their order. */
export function* batchesOf(personas: Iterable<SourcePersona>): Generator<SourcePersona[]> {
  const encoder = new TextEncoder();
  let batch: SourcePersona[] = [];
  let bytes = 0;
  for (const persona of personas) {
    const size = encoder.encode(JSON.stringify(persona.fields)).length;
    if (batch.length === maxEntries || (batch.length > 0 && bytes + size > maxBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(persona);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
