import { useCallback } from 'preact/hooks';
import { mayWrite } from './access.ts';
import { api, call } from './api.ts';
import { DropArea } from './drop-area.tsx';
import { FailureNote } from './failure-note.tsx';
import { useAction, useLoaded } from './load.ts';
import { tell } from './notice.ts';
import { PictureInput } from './picture-input.tsx';
import { confirmed } from './question.ts';
import { StoredPicture } from './stored-picture.tsx';
import { useTitle } from './title.ts';
import { uploadPicture } from './upload.ts';
import './style-guide.css';

const role = 'persona-avatar-styleguide';

/** The style images of a project, in whose style its portraits are drawn. */
export function StyleGuide({ projectId }: { readonly projectId: string }) {
  useTitle('Style guide');
  const load = async () => {
    const path = { projectId };
    const [images, config] = await Promise.all([
      call(api.GET('/api/projects/{projectId}/images', { params: { path, query: { role } } })),
      call(api.GET('/api/projects/{projectId}/config', { params: { path } })),
    ]);
    return { ids: images.data.ids, sent: config.data.limits.styleReferences };
  };
  const { data, failure, reload } = useLoaded(useCallback(load, [projectId]));
  const { run, running, failure: notStored } = useAction();

  const add = (files: readonly File[]) =>
    run(async () => {
      try {
        for (const file of files) await uploadPicture(projectId, file, role);
      } finally {
        reload();
      }
    });
  const remove = (imageId: string) =>
    run(async () => {
      const text = 'Portraits that were drawn in its style stay.';
      if (!(await confirmed({ title: 'Remove this picture?', text, action: 'Remove picture' }))) return;
      await call(
        api.DELETE('/api/projects/{projectId}/images/{imageId}', { params: { path: { projectId, imageId } } }),
      );
      tell('The picture is removed.');
      reload();
    });

  const { ids = [], sent = 0 } = data ?? {};
  const counting = new Set(ids.slice(-sent));
  return (
    <section class="column wide">
      <h1>Style guide</h1>
      <p class="quiet">
        Portraits are drawn in the style of these pictures.
        {ids.length > sent && ` Of the ${ids.length}, the newest ${sent} are sent with each drawing.`}
      </p>
      {failure && <FailureNote failure={failure} again={reload} />}
      {notStored && <FailureNote failure={notStored} />}
      {!data && !failure && <p class="quiet">Loading …</p>}
      {ids.length > 0 && (
        <ul class="style-pictures">
          {ids.toReversed().map((imageId) => (
            <li key={imageId} class={counting.has(imageId) ? '' : 'idle'}>
              <StoredPicture projectId={projectId} imageId={imageId} alternative="A picture of the style guide" />
              <p>
                <span class="small quiet">{counting.has(imageId) ? 'Is sent' : 'Is not sent'}</span>
                {mayWrite.value && (
                  <button type="button" class="plain" disabled={running} onClick={() => remove(imageId)}>
                    Remove
                  </button>
                )}
              </p>
            </li>
          ))}
        </ul>
      )}
      {data && ids.length === 0 && !mayWrite.value && <p class="empty">This project has no style guide.</p>}
      {mayWrite.value && (
        <DropArea label="Add pictures" take={({ files }) => add([...files])}>
          <p>Drop pictures here: PNG, JPEG or WebP, up to 4 MB each.</p>
          <PictureInput label="Choose pictures" many running={running} take={add} />
        </DropArea>
      )}
    </section>
  );
}
