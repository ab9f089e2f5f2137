import { nameOf, projects } from './projects.ts';

interface Props {
  readonly projectId: string;
  choose(projectId: string): void;
}

/** Shows the open project, and switches to others. */
export function ProjectChoice({ projectId, choose }: Props) {
  const list = projects.value.list ?? [];
  const known = list.some(({ id }) => id === projectId);
  if (list.length < 2 && known) return <span class="project">{nameOf(projectId)}</span>;
  return (
    <select
      class="project"
      aria-label="Project"
      value={projectId}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      {!known && <option value={projectId}>Project</option>}
      {list.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}
