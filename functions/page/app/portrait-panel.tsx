import { mayWrite } from './access.ts';
import type { Persona } from './api.ts';
import { DrawingFailure } from './drawing-failure.tsx';
import { drawings } from './drawings.ts';
import { Elapsed } from './elapsed.tsx';
import { saveCard } from './exports.ts';
import { FailureNote } from './failure-note.tsx';
import { useAction } from './load.ts';
import { PictureInput } from './picture-input.tsx';
import { usePicture } from './pictures.ts';
import { Portrait } from './portrait.tsx';
import { PortraitHistory } from './portrait-history.tsx';
import { uploadPortrait } from './upload.ts';

interface Props {
  readonly projectId: string;
  readonly persona: Persona;
  /** Whether there are unsaved changes, which a portrait would not show. */
  readonly unsaved: boolean;
  readonly hasPrompt: boolean;
  draw(): void;
}

/** The portrait, with the tools to replace it. */
export function PortraitPanel({ projectId, persona, unsaved, hasPrompt, draw }: Props) {
  const { id, name, imageUrl } = persona;
  const drawing = drawings.value.get(id);
  const underWay = drawing !== undefined && !drawing.failure;
  const upload = useAction();
  const card = useAction();
  const label = imageUrl ? 'Draw another portrait' : 'Draw portrait';
  return (
    <aside class="portrait-panel" aria-label="Portrait">
      <div class={underWay ? 'drawing' : ''}>
        <Portrait projectId={projectId} imageId={imageUrl} id={id} name={name} alternative={`Portrait of ${name}`} />
      </div>
      {underWay && <Elapsed since={drawing.since} />}
      {drawing?.failure && <DrawingFailure projectId={projectId} failure={drawing.failure} again={draw} />}
      {upload.failure && <FailureNote failure={upload.failure} />}
      {card.failure && <FailureNote failure={card.failure} />}
      {mayWrite.value && !hasPrompt && (
        <p class="small quiet">A portrait is drawn from the system prompt. Write one first.</p>
      )}
      <p class="actions">
        {mayWrite.value && (
          <button type="button" class="primary" disabled={underWay || !hasPrompt} onClick={draw}>
            {unsaved ? `Save and ${label.toLowerCase()}` : label}
          </button>
        )}
        {mayWrite.value && (
          <PictureInput
            label="Upload a picture"
            running={upload.running}
            take={([file]) => file && upload.run(() => uploadPortrait(projectId, id, file))}
          />
        )}
        {imageUrl && <Download projectId={projectId} imageId={imageUrl} name={name} />}
        {imageUrl && (
          <button type="button" disabled={card.running} onClick={() => card.run(() => saveCard(projectId, persona))}>
            Download as card
          </button>
        )}
      </p>
      <PortraitHistory key={imageUrl ?? ''} projectId={projectId} personaId={id} />
    </aside>
  );
}

interface DownloadProps {
  readonly projectId: string;
  readonly imageId: string;
  readonly name: string;
}

function Download({ projectId, imageId, name }: DownloadProps) {
  const { url } = usePicture(projectId, imageId);
  if (!url) return null;
  return (
    <a class="button" href={url} download={`${name}${imageId.slice(imageId.lastIndexOf('.'))}`}>
      Download
    </a>
  );
}
