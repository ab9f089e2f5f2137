/**
 * What the document says about each endpoint beyond its code: texts, examples and errors. document.ts adds the errors that all endpoints have.
 * test/openapi sends the examples to the local stack.
 */
import type { ZodMiniType } from 'zod/mini';
import { modelGroups } from '../../functions/domain/models.ts';
import { Persona } from '../../functions/domain/persona.ts';
import { ListedKey } from '../../functions/domain/project-key.ts';
import type { Refusal } from '../../functions/domain/refusal.ts';
import * as refusals from '../../functions/domain/refusal.ts';
import {
  BatchResults,
  CreatedKey,
  ImageIds,
  ListedPersona,
  Models,
  OpenApiDocument,
  OwnKey,
  Portrait,
  Project,
  ProjectConfig,
  ProviderModels,
  Status,
  UploadedImage,
} from './answers.ts';
import type { HeaderName } from './headers.ts';

export const tags = {
  Personas: 'The simulated users and their portraits.',
  Images: 'Portraits, and style images for drawing them.',
  Projects: 'Projects, which have personas and images, and their settings.',
  Keys: 'Keys of a project, to read or to write.',
  Service: 'The service itself.',
};

export interface Operation {
  readonly tag: keyof typeof tags;
  readonly summary: string;
  readonly description?: string;
  /** A valid request, and an invalid one. */
  readonly example?: { readonly query?: object; readonly body?: object };
  readonly wrong?: { readonly query?: object; readonly body?: object };
  readonly answer: {
    readonly status: 200 | 201 | 204;
    readonly description: string;
    readonly headers?: readonly HeaderName[];
    /** The schema of a JSON body, or of the entries of an array. */
    readonly schema?: ZodMiniType;
    readonly listOf?: ZodMiniType;
    readonly example?: unknown;
    /** For a body that is not JSON. */
    readonly mediaTypes?: readonly string[];
  };
  readonly refusals: readonly Refusal[];
}

/** The ids in the examples. */
export const projectId = '01a20a62-d9d0-70c2-9918-f49289882e2e';
export const personaId = '01a20a62-d9fa-7081-b111-77069c7cea9b';
export const imageId = '01a20a62-dab4-753c-acde-bfe37a99f225.png';
export const importedId = '01a20a62-dc90-7a35-8c22-7d1c2b3a4f5e';
export const copyId = '01a20a62-dc3f-7be1-9d0a-5a1f7c3b9e24';
export const keyId = '01a20a62-db10-7bd8-8c5c-2f2f6d1b0a4e';

const name = 'Grumpy Greta';
const newPersona = {
  name,
  description: 'Has seen too many chatbots',
  systemPrompt: 'You are Greta, 67, a retired engineer. You answer briefly and trust no chatbot.',
  headers: { 'X-Test-User': 'greta' },
  tags: ['refund', 'impatient'],
};
const createdAt = '2026-11-23T21:49:40.218Z';
const persona = { id: personaId, ...newPersona, createdAt, updatedAt: createdAt };
const { description: _, ...undescribed } = persona;
const changedPersona = { ...undescribed, name: 'Greta', updatedAt: '2026-11-23T21:49:40.256Z' };
const drawnPersona = { ...changedPersona, imageUrl: imageId, updatedAt: '2026-11-23T21:49:40.416Z' };
const copiedPersona = {
  ...drawnPersona,
  id: copyId,
  name: 'Greta (2)',
  createdAt: '2026-11-23T21:50:02.107Z',
  updatedAt: '2026-11-23T21:50:02.107Z',
};

const project = { id: projectId, name: 'Checkout bot' };
const config = {
  version: 3,
  name: project.name,
  llmSettings: { provider: 'openai', apiKey: 'sk-l...enai' },
  maxImagesPerDay: 50,
  limits: { maxImagesPerDay: 1_000, styleReferences: 4, keepPortraits: 20 },
};

const listedKey = {
  id: keyId,
  name: 'CI',
  access: 'write',
  lastFour: '2kQx',
  createdAt: '2026-11-23T21:49:41.008Z',
  expiresAt: '2099-12-31T00:00:00.000Z',
};

const styleRole = 'persona-avatar-styleguide';
/** The smallest PNG: one grey pixel. */
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';

const noProject = refusals.projectNotFound();
const noPersona = [noProject, refusals.personaNotFound()];
const noImage = [noProject, refusals.imageNotFound()];

export const operations: Readonly<Record<string, Operation>> = {
  'get-status': {
    tag: 'Service',
    summary: 'Get the status of the service',
    answer: {
      status: 200,
      description: 'The service is available.',
      schema: Status,
      example: {
        name: 'personas-api',
        version: '0.1.0',
        status: 'ok',
        timestamp: '2026-11-23T21:49:40.003Z',
        node: 'v24.21.0',
      },
    },
    refusals: [],
  },
  'get-openapi': {
    tag: 'Service',
    summary: 'Get this document',
    answer: { status: 200, description: 'This document.', headers: ['ETag'], schema: OpenApiDocument },
    refusals: [],
  },
  'get-page': {
    tag: 'Service',
    summary: 'Show the web page',
    description: 'To find, create and change personas, and to draw their portraits.',
    answer: {
      status: 200,
      description: 'The page.',
      headers: ['ETag', 'Content-Security-Policy', 'X-Content-Type-Options'],
      mediaTypes: ['text/html'],
    },
    refusals: [],
  },
  'get-docs': {
    tag: 'Service',
    summary: 'Show this document as a page',
    description: 'Swagger UI, which can also call the API.',
    answer: {
      status: 200,
      description: 'The page, compressed.',
      headers: ['ETag', 'Content-Encoding', 'Content-Security-Policy', 'X-Content-Type-Options'],
      mediaTypes: ['text/html'],
    },
    refusals: [],
  },

  'list-models': {
    tag: 'Service',
    summary: 'List the models that a project may use',
    description: 'Current models, without those whose shutdown is announced. A project may use others.',
    answer: {
      status: 200,
      description: 'The models of each provider, in groups.',
      schema: Models,
      example: modelGroups,
    },
    refusals: [],
  },
  'list-provider-models': {
    tag: 'Service',
    summary: 'List the models of a provider',
    answer: {
      status: 200,
      description: 'The models of the provider, in groups.',
      schema: ProviderModels,
      example: { groups: modelGroups.openai },
    },
    refusals: [
      refusals.invalidRequest([
        { path: 'provider', message: 'Invalid provider type "x". Must be one of: openai, anthropic' },
      ]),
    ],
  },

  'get-own-key': {
    tag: 'Keys',
    summary: 'Get what your key may do',
    description: 'On a server that needs no keys, everything.',
    answer: { status: 200, description: 'What your key may do.', schema: OwnKey, example: { access: 'admin' } },
    refusals: [],
  },

  'list-projects': {
    tag: 'Projects',
    summary: 'List the projects',
    description: 'All projects; with a project key, only its own.',
    wrong: { query: { limit: '0' } },
    answer: {
      status: 200,
      description: 'The projects, oldest first.',
      headers: ['Link'],
      listOf: Project,
      example: [project],
    },
    refusals: [refusals.invalidCursor()],
  },
  'create-project': {
    tag: 'Projects',
    summary: 'Create a project',
    example: { body: { name: project.name } },
    wrong: { body: {} },
    answer: {
      status: 201,
      description: 'The new project.',
      headers: ['Location'],
      schema: Project,
      example: project,
    },
    refusals: [noProject],
  },
  'delete-project': {
    tag: 'Projects',
    summary: 'Delete a project and everything in it',
    description: 'It is invisible at once. Its data is removed within minutes.',
    answer: { status: 204, description: 'It is deleted.' },
    refusals: [noProject],
  },
  'get-project-config': {
    tag: 'Projects',
    summary: 'Get the settings of a project',
    answer: { status: 200, description: 'The settings.', schema: ProjectConfig, example: config },
    refusals: [noProject],
  },
  'update-project-config': {
    tag: 'Projects',
    summary: 'Change the settings of a project',
    example: {
      body: { llmSettings: { provider: 'openai', apiKey: 'sk-local-stand-in-for-openai' }, maxImagesPerDay: 50 },
    },
    wrong: { body: { maxConcurrency: 0 } },
    answer: { status: 200, description: 'The settings after the changes.', schema: ProjectConfig, example: config },
    refusals: [noProject, refusals.apiKeyRequired()],
  },

  'list-keys': {
    tag: 'Keys',
    summary: 'List the keys of a project',
    wrong: { query: { limit: '0' } },
    answer: {
      status: 200,
      description: 'The keys, oldest first.',
      headers: ['Link'],
      listOf: ListedKey,
      example: [listedKey],
    },
    refusals: [noProject, refusals.invalidCursor()],
  },
  'create-key': {
    tag: 'Keys',
    summary: 'Create a key of a project',
    description: 'The key itself is only in this answer.',
    example: { body: { name: 'CI', access: 'write', expiresAt: '2099-12-31T00:00:00Z' } },
    wrong: { body: { name: 'CI', access: 'all' } },
    answer: {
      status: 201,
      description: 'The new key.',
      headers: ['Location'],
      schema: CreatedKey,
      example: { ...listedKey, key: `pers_prod_${keyId}_EXAMPLEexampleEXAMPLEexample0000ab2kQx` },
    },
    refusals: [refusals.keyNotFound(), noProject],
  },
  'delete-key': {
    tag: 'Keys',
    summary: 'Revoke a key',
    description: 'It stops working within a minute.',
    answer: { status: 204, description: 'It is revoked.' },
    refusals: [noProject, refusals.keyNotFound()],
  },

  'list-personas': {
    tag: 'Personas',
    summary: 'List the personas of a project',
    description: 'The answer is streamed. If it fails midway, the connection breaks.',
    wrong: { query: { limit: '0' } },
    answer: {
      status: 200,
      description: 'The personas, oldest first, with the requested fields.',
      headers: ['Link'],
      listOf: ListedPersona,
      example: [drawnPersona],
    },
    refusals: [noProject, refusals.invalidCursor()],
  },
  'create-persona': {
    tag: 'Personas',
    summary: 'Create a persona',
    description: 'Of concurrent requests for one name, exactly one succeeds.',
    example: { body: newPersona },
    wrong: { body: { description: 'Nameless' } },
    answer: {
      status: 201,
      description: 'The new persona.',
      headers: ['Location', 'ETag'],
      schema: Persona,
      example: persona,
    },
    refusals: [refusals.personaNotFound(), noProject, refusals.nameTaken(name), refusals.personaTooLarge(350)],
  },
  'create-personas': {
    tag: 'Personas',
    summary: 'Create many personas',
    description:
      'In this order, each as safely as a single create. An invalid entry does not affect the others; the answer has a result for each. Entries for which there was no time fail with `storage_unavailable`.',
    example: {
      body: { personas: [{ name: 'Patient Paul', tags: ['refund'] }, { name: 'Patient Paul' }], onConflict: 'skip' },
    },
    wrong: { body: { personas: [] } },
    answer: {
      status: 200,
      description: 'The results.',
      schema: BatchResults,
      example: {
        results: [
          { status: 'created', id: importedId, name: 'Patient Paul' },
          { status: 'skipped', id: importedId, name: 'Patient Paul' },
        ],
      },
    },
    refusals: [noProject],
  },
  'get-persona': {
    tag: 'Personas',
    summary: 'Get a persona',
    answer: { status: 200, description: 'The persona.', headers: ['ETag'], schema: Persona, example: drawnPersona },
    refusals: noPersona,
  },
  'update-persona': {
    tag: 'Personas',
    summary: 'Change a persona',
    description:
      'Concurrent changes of other fields are kept. With `If-Match`, the change fails if another one came first.',
    example: { body: { name: 'Greta', description: null } },
    wrong: { body: { name: '' } },
    answer: {
      status: 200,
      description: 'The whole persona after the changes.',
      headers: ['ETag'],
      schema: Persona,
      example: changedPersona,
    },
    refusals: [
      ...noPersona,
      refusals.imageUnknown(),
      refusals.nameTaken(name),
      refusals.versionMismatch(),
      refusals.personaTooLarge(350),
    ],
  },
  'delete-persona': {
    tag: 'Personas',
    summary: 'Delete a persona',
    description: 'Its name is free at once.',
    answer: { status: 204, description: 'It is deleted.' },
    refusals: [...noPersona, refusals.versionMismatch()],
  },
  'duplicate-persona': {
    tag: 'Personas',
    summary: 'Duplicate a persona',
    description:
      'The copy has all fields and the portrait. Without a name, the copy of `Greta` is `Greta (2)`, and a copy of that is `Greta (3)`, or the next free number. The body is optional.',
    example: { body: {} },
    wrong: { body: { name: '' } },
    answer: {
      status: 201,
      description: 'The copy.',
      headers: ['Location', 'ETag'],
      schema: Persona,
      example: copiedPersona,
    },
    refusals: [...noPersona, refusals.nameTaken(name), refusals.personaTooLarge(350)],
  },
  'list-portraits': {
    tag: 'Personas',
    summary: 'List the portraits of a persona',
    description:
      'Portraits that were drawn for it, or uploaded with the role `persona-avatar` and first given to it, and its current one. A change of its `imageUrl` restores one.',
    answer: {
      status: 200,
      description: 'The portraits that exist, newest first.',
      listOf: Portrait,
      example: [{ id: imageId, createdAt: '2026-11-23T21:49:40.404Z', model: 'gpt-image-2.6-flare', current: true }],
    },
    refusals: noPersona,
  },
  'generate-image': {
    tag: 'Personas',
    summary: "Draw a persona's portrait",
    description:
      'From its system prompt, in the style of the images of the role `persona-avatar-styleguide`. It takes seconds to minutes. After a failure, the persona keeps its portrait. There is no body.',
    answer: {
      status: 200,
      description: 'The persona with its new portrait.',
      headers: ['ETag', 'X-Style-References'],
      schema: Persona,
      example: drawnPersona,
    },
    refusals: [
      ...noPersona,
      refusals.systemPromptMissing(),
      refusals.providerMissing(),
      refusals.providerUnsupported(),
      refusals.providerKeyInvalid(undefined),
      refusals.providerForbidden(undefined),
      refusals.providerQuotaExhausted(undefined),
      refusals.imageModelUnavailable('gpt-image-1', 'gpt-image-2.6-flare', undefined),
      refusals.moderationBlocked(undefined),
      refusals.styleReferenceInvalid([imageId], undefined),
      refusals.generationInProgress(10),
      refusals.imageQuotaExceeded(200, 7_819),
      refusals.providerFailed(),
      refusals.providerRateLimited(20, undefined),
      refusals.providerTimedOut(),
      refusals.imageOutcomeUnknown(),
    ],
  },

  'list-images': {
    tag: 'Images',
    summary: 'List the images of a role',
    example: { query: { role: styleRole } },
    wrong: {},
    answer: {
      status: 200,
      description: 'The ids of the images, oldest first.',
      headers: ['Link'],
      schema: ImageIds,
      example: { ids: [imageId] },
    },
    refusals: [noProject, refusals.invalidCursor()],
  },
  'upload-image': {
    tag: 'Images',
    summary: 'Upload an image',
    example: { body: { imageBase64: picture, role: styleRole } },
    wrong: { body: { role: styleRole } },
    answer: {
      status: 201,
      description: 'The id of the image.',
      headers: ['Location'],
      schema: UploadedImage,
      example: { id: imageId },
    },
    refusals: [
      refusals.imageNotFound(),
      noProject,
      refusals.notBase64(),
      refusals.notAnImage(),
      refusals.imageTooWide(8_192),
      refusals.imageTooLarge(4),
    ],
  },
  'get-image': {
    tag: 'Images',
    summary: 'Get an image',
    answer: {
      status: 200,
      description: 'The bytes of the image, which never change.',
      headers: ['ETag', 'Content-Length', 'Content-Disposition', 'Content-Security-Policy', 'X-Content-Type-Options'],
      mediaTypes: ['image/png', 'image/jpeg', 'image/webp'],
    },
    refusals: noImage,
  },
  'delete-image': {
    tag: 'Images',
    summary: 'Delete an image',
    description: 'Personas whose portrait it is lose their portrait.',
    answer: { status: 204, description: 'It is deleted.' },
    refusals: [...noImage, refusals.versionMismatch()],
  },
};
