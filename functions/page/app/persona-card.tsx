import { drafts } from './drafts.ts';
import { drawings } from './drawings.ts';
import type { GalleryPersona } from './personas.ts';
import { Portrait } from './portrait.tsx';
import { hashOf, replaceRoute, type Search } from './router.ts';

interface Props {
  readonly projectId: string;
  readonly persona: GalleryPersona;
  /** The position, from 1, and the total, since most cards are not in the document. */
  readonly position: number;
  readonly of: number;
  readonly search: Search;
}

export function PersonaCard({ projectId, persona, position, of, search }: Props) {
  const { id, name, description, tags = [], imageUrl } = persona;
  const drawing = drawings.value.get(id);
  const filter = (tag: string) =>
    replaceRoute({ view: 'personas', projectId, search: { ...search, tags: [...new Set([...search.tags, tag])] } });
  return (
    <li class="card" aria-setsize={of} aria-posinset={position}>
      <Portrait projectId={projectId} imageId={imageUrl} id={id} name={name} />
      <h2>
        <a href={hashOf({ view: 'persona', projectId, personaId: id })}>{name}</a>
      </h2>
      <p class="description">{description}</p>
      <p class="tags">
        {drafts.value.has(id) && <span class="mark">Unsaved</span>}
        {drawing && <span class="mark">{drawing.failure ? 'Drawing failed' : 'Drawing …'}</span>}
        {tags.map((tag) => (
          <button
            type="button"
            class="tag"
            key={tag}
            aria-label={`Show those tagged ${tag}`}
            onClick={() => filter(tag)}
          >
            {tag}
          </button>
        ))}
      </p>
    </li>
  );
}
