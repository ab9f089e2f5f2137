/**
 * The one table. Everything of a project lies in one partition, so that it is a Query away; ids are UUIDv7, so that the sort
 * key gives the order of creation.
 *
 * | item      | PK           | SK                             | holds                                                          |
 * |-----------|--------------|--------------------------------|----------------------------------------------------------------|
 * | project   | PROJECT#<id> | PROJECT                        | name, llm (provider, models, sealed key), maxConcurrency, version |
 * | directory | PROJECTS     | PROJECT#<projectId>            | name                                                           |
 * | persona   | PROJECT#<id> | PERSONA#<personaId>            | persona (its wire JSON), version (random, see domain/version.ts) |
 * | name      | PROJECT#<id> | NAME#<name>                    | personaId: who holds the name                                  |
 * | image     | PROJECT#<id> | IMAGE#<imageId>                | role, personaId (if drawn), bearers (personas that bore it), version |
 * | role      | PROJECT#<id> | ROLE#<role>#<imageId>          | nothing: the images of a role, oldest first                    |
 * | portrait  | PROJECT#<id> | PORTRAIT#<personaId>#<imageId> | nothing: the images drawn for a persona                        |
 * | drawing   | PROJECT#<id> | DRAWING#<personaId>            | token, expiresAt: one portrait of a persona is drawn at a time |
 * | key       | KEY#<keyId>  | KEY                            | projectId, access, hash, expiresAt                             |
 * | listed key | PROJECT#<id> | KEY#<keyId>                   | listed (its wire JSON), expiresAt                              |
 * | quota     | PROJECT#<id> | QUOTA#<yyyy-mm-dd>             | drawn, expiresAt: portraits of that day                        |
 *
 * | access pattern          | calls, all reads strongly consistent                                        | capacity at 1 kB |
 * |-------------------------|-----------------------------------------------------------------------------|------------------|
 * | get a persona           | 1 BatchGetItem: persona and project                                         | 2 R              |
 * | list personas           | Query pages of PERSONA# items as they come; 1 GetItem of the project        | 1 R per 4 kB + 1 |
 * | a part of any list      | the same calls, with a limit: one item more than is asked for               | the items', + 1  |
 * | create a persona        | 1 transaction: project lives, persona, name                                 | 6 W              |
 * | update a persona        | 1 BatchGetItem: persona and project; 1 conditional UpdateItem               | 2 R, 1 W         |
 * | rename a persona        | the same with 1 transaction: persona, new name, old name                    | 2 R, 6 W         |
 * | give it another image   | the same with 1 transaction: persona, image                                 | 2 R, 4 W         |
 * | delete a persona        | 1 BatchGetItem: persona and project; 1 transaction: persona, name           | 2 R, 4 W         |
 * | images of a role        | Query of ROLE#<role>#; 1 GetItem of the project                             | 1 R per 4 kB + 1 |
 * | images of a persona     | Query of PORTRAIT#<personaId>#                                              | 1 R per 4 kB     |
 * | get an image            | 1 BatchGetItem: image and project, beside 1 S3 GetObject                    | 2 R              |
 * | draw a portrait         | 1 BatchGetItem, style images, drawing and quota, persona, 1 transaction of 5 | 6 R, 13 W       |
 * | list projects           | Query of PROJECTS                                                           | 1 R per 4 kB     |
 * | make a key              | 1 transaction: project lives, key, listed key                               | 6 W              |
 * | look a key up           | 1 GetItem, at most once a minute                                            | 1 R              |
 * | keys of a project       | Query of KEY#; 1 GetItem of the project                                     | 1 R per 4 kB + 1 |
 * | revoke a key            | 1 GetItem of the project, 1 transaction: listed key, key                    | 1 R, 4 W         |
 *
 * A deleted project has no project item: creating anything asks for it in the same transaction, reads and changes look at it
 * beside the item. A change under way while the project goes is as good as made before: nobody sees it any more.
 */
import { setting } from '../domain/settings.ts';

export interface Key {
  readonly PK: string;
  readonly SK: string;
}

export const tableName = (): string => setting('TABLE_NAME');

const inProject = (projectId: string, SK: string): Key => ({ PK: `PROJECT#${projectId}`, SK });

export const keys = {
  project: (projectId: string) => inProject(projectId, 'PROJECT'),
  /** Without an id: what the sort keys of the directory begin with. So with the others below. */
  directoryEntry: (projectId = ''): Key => ({ PK: 'PROJECTS', SK: `PROJECT#${projectId}` }),
  persona: (projectId: string, personaId = '') => inProject(projectId, `PERSONA#${personaId}`),
  name: (projectId: string, name: string) => inProject(projectId, `NAME#${name}`),
  image: (projectId: string, imageId: string) => inProject(projectId, `IMAGE#${imageId}`),
  role: (projectId: string, role: string, imageId = '') => inProject(projectId, `ROLE#${role}#${imageId}`),
  portrait: (projectId: string, personaId: string, imageId = '') =>
    inProject(projectId, `PORTRAIT#${personaId}#${imageId}`),
  keyRecord: (keyId: string): Key => ({ PK: `KEY#${keyId}`, SK: 'KEY' }),
  listedKey: (projectId: string, keyId = '') => inProject(projectId, `KEY#${keyId}`),
  quota: (projectId: string, day: string) => inProject(projectId, `QUOTA#${day}`),
  drawing: (projectId: string, personaId: string) => inProject(projectId, `DRAWING#${personaId}`),
};
