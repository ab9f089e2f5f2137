/** Validates answers against openapi.json. */
import type { AnySchema, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import document from '../../openapi.json' with { type: 'json' };
import type { Answer, Json } from './api.ts';

const root = 'openapi.json';
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(closed(document), root);

/** Unknown fields are allowed for clients, but not in tests. */
function closed(value: Json): AnySchema {
  const { schemas } = value.components;
  const strict = JSON.parse(JSON.stringify(schemas), (_key, inner) =>
    inner?.type === 'object' && inner.properties && inner.additionalProperties === undefined
      ? { ...inner, additionalProperties: false }
      : inner,
  );
  return { ...value, components: { ...value.components, schemas: strict } };
}

const paths = Object.entries<Json>(document.paths).map(([path, item]) => ({
  path,
  item,
  pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
}));

/** Throws if the answer of a documented operation does not match the document. */
export function checkDescribed(method: string, pathname: string, { status, headers, body }: Answer): void {
  const found = paths.find(({ pattern }) => pattern.test(pathname));
  const operation = (method === 'HEAD' ? 'GET' : method).toLowerCase();
  const responses = found?.item[operation]?.responses;
  if (!responses) return;

  const complain = (what: string) => {
    throw new Error(`${method} ${found?.path} answered ${status}, and openapi.json does not describe ${what}`);
  };
  const response = resolved(responses[status] ?? complain('that status'));
  for (const [name, header] of Object.entries<Json>(response.headers)) {
    if (resolved(header).required && !headers.has(name)) complain(`that it comes without ${name}`);
  }
  if (body === undefined) return;
  const [type = ''] = headers.get('content-type')?.split(';') ?? [];
  const { schema } = response.content?.[type] ?? complain(`a body of ${type}`);
  if (type !== 'application/json') return;
  const validate = validator(schema, `${operation} ${found?.path} ${status}`);
  if (!validate(body)) complain(`${JSON.stringify(body)}: ${ajv.errorsText(validate.errors)}`);
}

const validators = new Map<string, ValidateFunction>();

function validator(schema: Json, name: string): ValidateFunction {
  const text = JSON.stringify(schema).replaceAll('"#/', `"${root}#/`);
  const validate = validators.get(name) ?? ajv.compile(JSON.parse(text));
  validators.set(name, validate);
  return validate;
}

/** Resolves a reference. */
function resolved(value: Json): Json {
  if (!value.$ref) return value;
  return value.$ref
    .slice(2)
    .split('/')
    .reduce((inner: Json, key: string) => inner[key], document);
}
