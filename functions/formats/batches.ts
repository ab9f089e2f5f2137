import type { SourcePersona } from './contents.ts';

/** What POST …/personas/batch takes: 100 entries, and 5 MB with room for what surrounds them. */
const mostEntries = 100;
const mostBytes = 4.5 * 1024 * 1024;

/** The personas in their order, as many at a time as one batch takes. */
export function* batchesOf(personas: Iterable<SourcePersona>): Generator<SourcePersona[]> {
  const encoder = new TextEncoder();
  let batch: SourcePersona[] = [];
  let bytes = 0;
  for (const persona of personas) {
    const size = encoder.encode(JSON.stringify(persona.fields)).length;
    if (batch.length === mostEntries || (batch.length > 0 && bytes + size > mostBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(persona);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
