import { mayWrite } from './access.ts';
import { Export } from './export.tsx';
import { Import } from './import.tsx';
import type { Search } from './router.ts';
import { useTitle } from './title.ts';
import './files.css';

interface Props {
  readonly projectId: string;
  readonly search: Search;
}

/** Import and export. */
export function FilesPage({ projectId, search }: Props) {
  const title = mayWrite.value ? 'Import, export' : 'Export';
  useTitle(title);
  return (
    <section class="column wide files">
      <h1>{title}</h1>
      {mayWrite.value && <Import projectId={projectId} />}
      <Export projectId={projectId} search={search} />
    </section>
  );
}
