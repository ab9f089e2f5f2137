declare module '@20minutes/s3rver' {
  /** The options that are used here. https://github.com/20minutes/s3rver */
  interface Options {
    readonly address: string;
    readonly port: number;
    readonly silent: boolean;
    readonly directory: string;
    readonly serviceEndpoint: string;
    readonly allowMismatchedSignatures: boolean;
    readonly configureBuckets: readonly { readonly name: string }[];
  }

  export default class S3rver {
    readonly httpServer: import('node:http').Server;
    readonly logger: { silent: boolean };
    constructor(options: Options);
    run(): Promise<import('node:net').AddressInfo>;
    close(): Promise<void>;
  }
}
