import { useEffect, useMemo } from 'preact/hooks';
import { mayWrite } from './access.ts';
import { FailureNote } from './failure-note.tsx';
import { GalleryTools } from './gallery-tools.tsx';
import { NoPersonas } from './no-personas.tsx';
import { PersonaCard } from './persona-card.tsx';
import { galleryOf, loadGallery } from './personas.ts';
import { nameOf } from './projects.ts';
import { hashOf, type Search } from './router.ts';
import { found, tagsOf } from './search.ts';
import { useTitle } from './title.ts';
import { VirtualGrid } from './virtual-grid.tsx';
import './gallery.css';

interface Props {
  readonly projectId: string;
  readonly search: Search;
}

export function Gallery({ projectId, search }: Props) {
  useTitle(nameOf(projectId));
  useEffect(() => void loadGallery(projectId), [projectId]);
  const { personas, complete, failure } = galleryOf(projectId);
  const shown = useMemo(() => found(personas, search), [personas, search]);
  const tags = useMemo(() => tagsOf(personas), [personas]);
  const count = `${personas.length} ${personas.length === 1 ? 'persona' : 'personas'}`;
  const narrowed = search.text.trim() || search.tags.length > 0;
  return (
    <section class="gallery">
      <div class="title-line">
        <h1>{nameOf(projectId)}</h1>
        <p class="quiet" role="status">
          {complete && (narrowed ? `${shown.length} of ${count}` : count)}
        </p>
        <p class="actions">
          <a class="button" href={hashOf({ view: 'files', projectId, search })}>
            {mayWrite.value ? 'Import, export' : 'Export'}
          </a>
          {mayWrite.value && (
            <a class="button primary" href={hashOf({ view: 'new-persona', projectId })}>
              New persona
            </a>
          )}
        </p>
      </div>
      {personas.length > 0 && <GalleryTools projectId={projectId} search={search} tags={tags} />}
      {failure && <FailureNote failure={failure} again={() => loadGallery(projectId)} />}
      {shown.length > 0 ? (
        <VirtualGrid
          items={shown}
          label="Personas"
          place={hashOf({ view: 'personas', projectId, search })}
          itemOf={(persona, position) => (
            <PersonaCard
              key={persona.id}
              projectId={projectId}
              persona={persona}
              position={position}
              of={shown.length}
              search={search}
            />
          )}
        />
      ) : complete ? (
        <NoPersonas projectId={projectId} search={search} any={personas.length > 0} />
      ) : (
        !failure && <Skeleton />
      )}
    </section>
  );
}

/** Shown until the first personas are loaded. */
const Skeleton = () => (
  <ul class="grid" aria-label="Loading the personas" aria-busy="true">
    {[1, 2, 3, 4, 5, 6, 7, 8].map((number) => (
      <li class="card skeleton" key={number}>
        <div class="portrait" />
      </li>
    ))}
  </ul>
);
