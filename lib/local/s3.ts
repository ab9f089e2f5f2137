import { resolve } from 'node:path';
import S3rver from '@20minutes/s3rver';
import { containerHost } from './environment.ts';
import type { Listener } from './listen.ts';

/**
 * An S3 with one bucket, kept in `directory`. The SDK finds it by AWS_ENDPOINT_URL_S3 alone: it addresses a host that is
 * an IP by path, and sends the checksum of a Buffer as a header. It refuses a body that is a stream.
 */
export async function startS3(options: { readonly directory: string; readonly bucket: string }): Promise<Listener> {
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: resolve(options.directory),
    // It miscalculates the signatures of ListObjectsV2 and DeleteObjects.
    allowMismatchedSignatures: true,
    // In front of this name stands the bucket, where a caller names it in the host: see sam/container-access.ts.
    serviceEndpoint: containerHost,
    configureBuckets: [{ name: options.bucket }],
  });
  // `silent` alone still lets it warn of an answer that ends after the server.
  server.logger.silent = true;
  const { port } = await server.run();
  let closing: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      closing ??= server.close();
      server.httpServer.closeAllConnections();
      return closing;
    },
  };
}
