/** Pictures of a project, fetched with the user's key and shown from a blob. The browser caches them. */
import { useEffect, useState } from 'preact/hooks';
import { base, send } from './api.ts';
import { CallFailure, failureOf } from './call-failure.ts';

const maxAtOnce = 4;
let running = 0;
const waiting: (() => void)[] = [];

/** At most four at once, the latest request first, since that picture is in view. */
async function inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
  if (running === maxAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await act();
  } finally {
    const next = waiting.pop();
    if (next) next();
    else running--;
  }
}

export function fetchPicture(projectId: string, imageId: string, signal?: AbortSignal): Promise<Blob> {
  return inTurn(async () => {
    signal?.throwIfAborted();
    const address = `${base}/api/projects/${encodeURIComponent(projectId)}/images/${encodeURIComponent(imageId)}`;
    const response = await send(new Request(address, { signal: signal ?? null }));
    if (!response.ok) throw new CallFailure(response, undefined);
    return response.blob();
  });
}

interface Picture {
  readonly url?: string;
  readonly failure?: CallFailure;
}

/** The blob address of a picture, valid while the component is mounted. */
export function usePicture(projectId: string, imageId: string | undefined): Picture {
  const [picture, setPicture] = useState<Picture>({});
  useEffect(() => {
    if (!imageId) return setPicture({});
    const leaving = new AbortController();
    let url: string | undefined;
    fetchPicture(projectId, imageId, leaving.signal).then(
      (blob) => {
        if (leaving.signal.aborted) return;
        url = URL.createObjectURL(blob);
        setPicture({ url });
      },
      (error) => leaving.signal.aborted || setPicture({ failure: failureOf(error) }),
    );
    return () => {
      leaving.abort();
      if (url) URL.revokeObjectURL(url);
    };
  }, [projectId, imageId]);
  return picture;
}
