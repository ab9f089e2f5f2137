import { usePicture } from './pictures.ts';

interface Props {
  readonly projectId: string;
  readonly imageId: string;
  readonly alternative?: string;
}

/** A picture of the project, by its id. */
export function StoredPicture({ projectId, imageId, alternative = '' }: Props) {
  const { url, failure } = usePicture(projectId, imageId);
  if (url) return <img src={url} alt={alternative} decoding="async" />;
  return <span class={failure ? 'picture missing' : 'picture loading'}>{failure && 'Cannot be shown'}</span>;
}
