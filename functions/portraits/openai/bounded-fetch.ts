/** More than the largest picture that is kept, in base64. */
const mostBytes = 8 * 1024 * 1024;

/** fetch that follows no redirect, which would hand the key on, and reads no more than 8 MB of an answer: it fails with the byte after. */
export const boundedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, { ...init, redirect: 'error' });
  return new Response(response.body?.pipeThrough(atMost(mostBytes)), response);
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
