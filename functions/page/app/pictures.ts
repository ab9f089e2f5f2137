/** Pictures of a project, fetched with the person's key and shown from a blob. What was seen comes from the browser's cache. */
import { useEffect, useState } from 'preact/hooks';
import { base, send } from './api.ts';
import { CallFailure, failureOf } from './call-failure.ts';

const maxAtOnce = 4;
let running = 0;
const waiting: (() => void)[] = [];

/** At most four at once, the latest wish first: it is what the person looks at. */
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

/** The picture as an address that only this page can open, for as long as the component is there. */
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
