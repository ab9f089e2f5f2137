/** An error answer of S3. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export class S3Failure extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const noSuchKey = () => new S3Failure(404, 'NoSuchKey', 'The specified key does not exist.');

export const notImplemented = () =>
  new S3Failure(501, 'NotImplemented', 'This stand-in implements only what this project needs.');

export const internalError = () => new S3Failure(500, 'InternalError', 'We encountered an internal error.');
