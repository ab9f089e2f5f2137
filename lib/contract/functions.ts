/**
 * The table of all functions. A row has everything that differs between functions: without a row there is no route, and without an action no
 * permission. The stack, the local gateway, OpenAPI and the tests go over the rows; nothing else names a function. Data only, type imports only.
 */
import type { Setting } from './settings.ts';

/** IAM actions by store, without the service's prefix. The addresses of these stores are in the function's environment. */
export interface Actions {
  readonly table?: readonly string[];
  readonly bucket?: readonly string[];
  readonly kmsKey?: readonly string[];
  readonly adminKey?: readonly string[];
}

export interface FunctionRow {
  /** The construct id, and the end of the function's name. */
  readonly name: string;
  /** The source in functions/, without the extension. */
  readonly file: string;
  readonly actions: Actions;
  /** The settings that it reads. */
  readonly settings: readonly Setting[];
  /** In seconds. */
  readonly timeout: number;
  /** In MB; the share of a CPU is proportional. */
  readonly memory: number;
  /** The option of the deployment that limits its concurrency. */
  readonly concurrency?: 'maxPortraitsAtOnce';
  readonly bundle: Bundle;
}

export interface Bundle {
  /** The size that is loaded at a cold start, at most, in kB (1000 bytes). */
  readonly budget: number;
  /** Modules that the source loads with `import()` become bundles of their own. */
  readonly split?: true;
  /** Files of packages that the function reads; they are copied next to its bundle. */
  readonly files?: readonly string[];
  /** The source of a web page, in functions/. Its bundle is next to the function's, as page.js and page.css. */
  readonly page?: string;
}

export interface Endpoint extends FunctionRow {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Who may call it: everyone, any key, a project key with read or with write access, or only the admin key. */
  readonly access: 'open' | 'any key' | 'read' | 'write' | 'admin';
  /** Requests per second, and burst, beyond which the stage answers 429. Default: those of the stage. */
  readonly throttle?: { readonly rate: number; readonly burst: number };
  /** Streams its answer, which may be larger than 6 MB, take longer than 29 s, or be binary. Default: buffered. */
  readonly stream?: true;
}

/** A function that runs on events, not on calls. */
export interface Worker extends FunctionRow {
  readonly source: TableChanges | Schedule;
}

/** Changes of items whose sort keys have one of these prefixes. */
export interface TableChanges {
  readonly changesOf: readonly string[];
}

export interface Schedule {
  readonly everyHours: number;
}

/** 15 s is longer than a call to a store may take, and shorter than API Gateway's timeout. */
const defaults = { settings: [], timeout: 15, memory: 512, bundle: { budget: 300 } } as const;

/** For functions with the S3 client. */
const withS3 = { budget: 550 };

type EndpointOptions = Omit<Endpoint, 'name' | 'file' | 'method' | 'path' | 'access'>;

/** `route`: method and path, as in `GET /api/status`. */
function endpoint<Access extends Endpoint['access']>(
  name: string,
  route: `${Endpoint['method']} ${string}`,
  access: Access,
  { settings = [], ...options }: Partial<EndpointOptions> = {},
): Endpoint {
  const [method, path] = route.split(' ') as [Endpoint['method'], string];
  return {
    ...defaults,
    actions: {},
    ...options,
    name,
    file: name,
    method,
    path,
    access,
    settings: ['CORS_ORIGINS', ...settings],
  };
}

const projects = '/api/projects';
const project = `${projects}/{projectId}`;
const keys = `${project}/keys`;
const personas = `${project}/personas`;
const persona = `${personas}/{personaId}`;
const images = `${project}/images`;
const image = `${images}/{imageId}`;

/** The limits of the deployment that a project's settings show. */
const limits: readonly Setting[] = ['MAX_IMAGES_PER_DAY', 'STYLE_REFERENCES', 'KEEP_PORTRAITS'];

export const endpoints: readonly Endpoint[] = [
  endpoint('get-page', 'GET /', 'open', { bundle: { budget: 300, page: 'page/app/main.tsx' } }),
  endpoint('get-status', 'GET /api/status', 'open'),
  endpoint('get-openapi', 'GET /api/openapi.json', 'open'),
  endpoint('get-docs', 'GET /api/docs', 'open', {
    stream: true,
    memory: 1024,
    bundle: {
      budget: 300,
      files: ['swagger-ui-dist/swagger-ui-bundle.js', 'swagger-ui-dist/swagger-ui.css', 'swagger-ui-dist/LICENSE'],
    },
  }),

  endpoint('list-models', 'GET /api/llm-providers/models', 'open'),
  endpoint('list-provider-models', 'GET /api/llm-providers/{provider}/models', 'open'),

  endpoint('get-own-key', 'GET /api/key', 'any key'),

  endpoint('list-projects', `GET ${projects}`, 'any key', { actions: { table: ['Query'] } }),
  endpoint('create-project', `POST ${projects}`, 'admin', { actions: { table: ['GetItem', 'PutItem'] } }),
  endpoint('delete-project', `DELETE ${project}`, 'admin', { actions: { table: ['DeleteItem', 'PutItem'] } }),
  endpoint('get-project-config', `GET ${project}/config`, 'read', {
    actions: { table: ['GetItem'] },
    settings: limits,
  }),
  endpoint('update-project-config', `PUT ${project}/config`, 'write', {
    actions: { table: ['GetItem', 'PutItem'], kmsKey: ['Encrypt'] },
    settings: limits,
  }),

  endpoint('list-keys', `GET ${keys}`, 'admin', { actions: { table: ['GetItem', 'Query'] } }),
  endpoint('create-key', `POST ${keys}`, 'admin', {
    actions: { table: ['GetItem', 'PutItem'] },
    settings: ['STAGE'],
  }),
  endpoint('delete-key', `DELETE ${keys}/{keyId}`, 'admin', { actions: { table: ['DeleteItem', 'GetItem'] } }),

  endpoint('list-personas', `GET ${personas}`, 'read', {
    actions: { table: ['GetItem', 'Query'] },
    stream: true,
    timeout: 120,
  }),
  endpoint('create-persona', `POST ${personas}`, 'write', {
    actions: { table: ['BatchGetItem', 'GetItem', 'PutItem'] },
  }),
  // Before `{personaId}`, which would match this path too.
  endpoint('create-personas', `POST ${personas}/batch`, 'write', {
    actions: { table: ['BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'] },
    timeout: 25,
    memory: 1024,
  }),
  endpoint('get-persona', `GET ${persona}`, 'read', { actions: { table: ['BatchGetItem'] } }),
  endpoint('update-persona', `PUT ${persona}`, 'write', {
    actions: { table: ['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'] },
  }),
  endpoint('delete-persona', `DELETE ${persona}`, 'write', { actions: { table: ['BatchGetItem', 'DeleteItem'] } }),
  endpoint('duplicate-persona', `POST ${persona}/duplicate`, 'write', {
    actions: { table: ['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'] },
  }),
  endpoint('list-portraits', `GET ${persona}/portraits`, 'read', { actions: { table: ['BatchGetItem', 'Query'] } }),
  endpoint('generate-image', `POST ${persona}/generate-image`, 'write', {
    actions: {
      table: ['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
      bucket: ['DeleteObject', 'GetObject', 'PutObject'],
      kmsKey: ['Decrypt'],
    },
    settings: ['STAGE', 'IMAGE_MODEL', 'STYLE_REFERENCES', 'MAX_IMAGES_PER_DAY', 'PROVIDER_TIMEOUT_MS'],
    throttle: { rate: 5, burst: 20 },
    stream: true,
    timeout: 270,
    memory: 1024,
    concurrency: 'maxPortraitsAtOnce',
    bundle: { budget: 350, split: true },
  }),

  endpoint('list-images', `GET ${images}`, 'read', { actions: { table: ['GetItem', 'Query'] } }),
  endpoint('upload-image', `POST ${images}`, 'write', {
    actions: { table: ['BatchGetItem', 'GetItem', 'PutItem'], bucket: ['PutObject'] },
    memory: 1024,
    bundle: withS3,
  }),
  endpoint('get-image', `GET ${image}`, 'read', {
    actions: { table: ['BatchGetItem'], bucket: ['GetObject'] },
    stream: true,
    timeout: 30,
    bundle: withS3,
  }),
  endpoint('delete-image', `DELETE ${image}`, 'write', {
    actions: { table: ['BatchGetItem', 'DeleteItem', 'GetItem', 'Query', 'UpdateItem'] },
  }),
];

/** API Gateway calls it before each call of a route that is not open. */
export const authorizer: FunctionRow = {
  ...defaults,
  name: 'authorize',
  file: 'auth/authorize',
  actions: { table: ['GetItem'], adminKey: ['GetSecretValue'] },
};

export const workers: readonly Worker[] = [
  {
    ...defaults,
    name: 'clean-up',
    file: 'workers/clean-up',
    source: { changesOf: ['GONE#', 'IMAGE#', 'KEY#', 'PERSONA#', 'PORTRAIT#', 'REFERRER#'] },
    actions: {
      table: ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
      bucket: ['DeleteObject', 'ListBucket'],
    },
    settings: ['KEEP_PORTRAITS', 'STAGE'],
    timeout: 300,
    bundle: withS3,
  },
  {
    ...defaults,
    name: 'reconcile',
    file: 'workers/reconcile',
    source: { everyHours: 24 },
    actions: {
      table: ['BatchGetItem', 'BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
      bucket: ['DeleteObject', 'ListBucket'],
    },
    settings: ['KEEP_PORTRAITS', 'STAGE'],
    timeout: 900,
    memory: 1024,
    bundle: withS3,
  },
];

export const functions: readonly FunctionRow[] = [...endpoints, authorizer, ...workers];
