/** `npm run openapi`: writes the OpenAPI document of the API to openapi.json. */
import { writeFile } from 'node:fs/promises';
import { documentText } from '../lib/openapi/document.ts';

await writeFile(new URL('../openapi.json', import.meta.url), await documentText());
