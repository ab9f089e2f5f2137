/**
 * Every route of the API, who may call it and everything that it may touch. The stack, the local gateway and the tests are driven by this table:
 * no row, no route; no `uses`, no access. A row's name is its file in functions/, its construct id and its function's name.
 */
export interface Uses {
  /** IAM actions by resource, without the service prefix. A resource that is named here is also in the function's environment. */
  readonly uses: {
    readonly table?: readonly string[];
    readonly bucket?: readonly string[];
    readonly key?: readonly string[];
    readonly adminKey?: readonly string[];
  };
}

export interface Endpoint extends Uses {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Whose key opens it: everyone without one, a project's key for reading, one for writing, or the operator's alone. */
  readonly access: 'open' | 'read' | 'write' | 'admin';
  /** Requests per second, and at once, before the stage answers 429. Default: the stage's. */
  readonly throttle?: { readonly rate: number; readonly burst: number };
  /** Answers as a stream: beyond 6 MB, beyond 29 s, or in raw bytes. Default: buffered. */
  readonly stream?: true;
  /** Seconds until Lambda ends the function. Default: 15. */
  readonly timeout?: number;
  /** MB, and with it the share of a CPU. Default: 512. */
  readonly memory?: number;
  /** What its file loads by `import()` is bundled apart, and loaded only then. Default: all in one file. */
  readonly split?: true;
  /** Files of packages that its function reads: they lie beside its bundle. */
  readonly files?: readonly string[];
}

/** Longer than a call to a store may take (functions/storage/patience.ts), shorter than API Gateway waits. */
export const defaultTimeout = 15;

const projects = '/api/projects';
const project = `${projects}/{projectId}`;
const projectKeys = `${project}/keys`;
const personas = `${project}/personas`;
const persona = `${personas}/{personaId}`;
const images = `${project}/images`;
const image = `${images}/{imageId}`;

export const endpoints: readonly Endpoint[] = [
  { name: 'get-status', method: 'GET', path: '/api/status', access: 'open', uses: {} },
  { name: 'get-openapi', method: 'GET', path: '/api/openapi.json', access: 'open', uses: {} },
  {
    name: 'get-docs',
    method: 'GET',
    path: '/api/docs',
    access: 'open',
    uses: {},
    stream: true,
    memory: 1024,
    files: ['swagger-ui-dist/swagger-ui-bundle.js', 'swagger-ui-dist/swagger-ui.css', 'swagger-ui-dist/LICENSE'],
  },

  { name: 'list-projects', method: 'GET', path: projects, access: 'admin', uses: { table: ['Query'] } },
  { name: 'create-project', method: 'POST', path: projects, access: 'admin', uses: { table: ['PutItem'] } },
  { name: 'delete-project', method: 'DELETE', path: project, access: 'admin', uses: { table: ['DeleteItem'] } },
  {
    name: 'get-project-config',
    method: 'GET',
    path: `${project}/config`,
    access: 'read',
    uses: { table: ['GetItem'] },
  },
  {
    name: 'update-project-config',
    method: 'PUT',
    path: `${project}/config`,
    access: 'write',
    uses: { table: ['GetItem', 'PutItem'], key: ['Encrypt'] },
  },

  { name: 'list-keys', method: 'GET', path: projectKeys, access: 'admin', uses: { table: ['GetItem', 'Query'] } },
  {
    name: 'create-key',
    method: 'POST',
    path: projectKeys,
    access: 'admin',
    uses: { table: ['ConditionCheckItem', 'GetItem', 'PutItem'] },
  },
  {
    name: 'delete-key',
    method: 'DELETE',
    path: `${projectKeys}/{keyId}`,
    access: 'admin',
    uses: { table: ['DeleteItem', 'GetItem'] },
  },

  {
    name: 'list-personas',
    method: 'GET',
    path: personas,
    access: 'read',
    uses: { table: ['GetItem', 'Query'] },
    stream: true,
    timeout: 120,
  },
  {
    name: 'create-persona',
    method: 'POST',
    path: personas,
    access: 'write',
    uses: { table: ['ConditionCheckItem', 'GetItem', 'PutItem'] },
  },
  { name: 'get-persona', method: 'GET', path: persona, access: 'read', uses: { table: ['BatchGetItem'] } },
  {
    name: 'update-persona',
    method: 'PUT',
    path: persona,
    access: 'write',
    uses: { table: ['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'] },
  },
  {
    name: 'delete-persona',
    method: 'DELETE',
    path: persona,
    access: 'write',
    uses: { table: ['BatchGetItem', 'DeleteItem'] },
  },
  {
    name: 'generate-image',
    method: 'POST',
    path: `${persona}/generate-image`,
    access: 'write',
    uses: {
      table: ['BatchGetItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
      bucket: ['DeleteObject', 'GetObject', 'PutObject'],
      key: ['Decrypt'],
    },
    throttle: { rate: 5, burst: 20 },
    stream: true,
    timeout: 270,
    memory: 1024,
    split: true,
  },

  { name: 'list-images', method: 'GET', path: images, access: 'read', uses: { table: ['GetItem', 'Query'] } },
  {
    name: 'upload-image',
    method: 'POST',
    path: images,
    access: 'write',
    uses: { table: ['ConditionCheckItem', 'GetItem', 'PutItem'], bucket: ['DeleteObject', 'PutObject'] },
    memory: 1024,
  },
  {
    name: 'get-image',
    method: 'GET',
    path: image,
    access: 'read',
    uses: { table: ['BatchGetItem'], bucket: ['GetObject'] },
    stream: true,
    timeout: 30,
  },
  {
    name: 'delete-image',
    method: 'DELETE',
    path: image,
    access: 'write',
    uses: { table: ['BatchGetItem', 'DeleteItem', 'UpdateItem'], bucket: ['DeleteObject'] },
  },
];

/** What API Gateway asks before each call of a route that is not open: functions/auth/authorize.ts. */
export const authorizer: Uses = { uses: { table: ['GetItem'], adminKey: ['GetSecretValue'] } };
