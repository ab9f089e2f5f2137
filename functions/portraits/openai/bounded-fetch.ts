/** More than the largest accepted picture in base64. */
const maxBytes = 8 * 1024 * 1024;

/** A fetch that fails on redirects, which would pass the key on, and on answers of more than 8 MB. */
export const boundedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, { ...init, redirect: 'error' });
  return new Response(response.body?.pipeThrough(atMost(maxBytes)), response);
};

function atMost(bytes: number): TransformStream<Uint8Array, Uint8Array> {
  let read = 0;
  return new TransformStream({
    transform(chunk, controller) {
      read += chunk.length;
      if (read > bytes) throw new Error(`The answer has more than ${bytes} bytes`);
      controller.enqueue(chunk);
    },
  });
}
