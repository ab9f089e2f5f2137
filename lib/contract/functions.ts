/**
 * The table of all functions. A row says everything that differs for its function: no row, no route; no action in it, no permission. The
 * stack, the local gateway, OpenAPI and the tests go over the rows; nothing else names a function. Data only, no imports but of types.
 */
import type { Setting } from './settings.ts';

/** IAM actions by resource, without the service's prefix. A resource that is named here is also in the function's environment. */
export interface Actions {
  readonly table?: readonly string[];
  readonly bucket?: readonly string[];
  readonly kmsKey?: readonly string[];
  readonly adminKey?: readonly string[];
}

export interface FunctionRow {
  /** Its construct id, and the end of the function's name. */
  readonly name: string;
  /** Its source in functions/, without the ending. */
  readonly file: string;
  readonly actions: Actions;
  /** Settings of the deployment that it reads. */
  readonly settings: readonly Setting[];
  /** Seconds until Lambda ends it. */
  readonly timeout: number;
  /** MB, and with it the share of a CPU. */
  readonly memory: number;
  /** The option of the deployment that bounds how many run at once. */
  readonly concurrency?: 'maxPortraitsAtOnce';
  readonly bundle: Bundle;
}

export interface Bundle {
  /** kB (1000 B) that are loaded when it starts, at most. */
  readonly budget: number;
  /** What the source loads by `import()` is bundled apart, and loaded only then. */
  readonly split?: true;
  /** Files of packages that the function reads: they lie beside its bundle. */
  readonly files?: readonly string[];
  /** A program for browsers in functions/, which the function answers: bundled, it lies beside it as page.js and page.css. */
  readonly page?: string;
}

export interface Endpoint extends FunctionRow {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Whose key opens it: everyone without one, any key, a project's key for reading, one for writing, or the operator's alone. */
  readonly access: 'open' | 'any key' | 'read' | 'write' | 'admin';
  /** Requests per second, and at once, before the stage answers 429. Default: the stage's. */
  readonly throttle?: { readonly rate: number; readonly burst: number };
  /** Answers as a stream: beyond 6 MB, beyond 29 s, or in raw bytes. Default: buffered. */
  readonly stream?: true;
}

/** A function that no caller calls. */
export interface Worker extends FunctionRow {
  readonly source: TableChanges | Schedule;
}

/** Changes of the table's items, by what their sort keys begin with. */
export interface TableChanges {
  readonly changesOf: readonly string[];
}

export interface Schedule {
  readonly everyHours: number;
}

/** 15 s are longer than a call to a store may take and shorter than API Gateway waits. */
const defaults = { settings: [], timeout: 15, memory: 512, bundle: { budget: 300 } } as const;

/** With S3's client. */
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

/** What a project's settings tell of the deployment. */
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
  // Before the personas' own paths, which it is like.
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

/** What API Gateway asks before each call of a route that is not open. */
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
