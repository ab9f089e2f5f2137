import type { Node } from 'constructs';
import { z } from 'zod';
import { settingDefaults } from '../contract/settings.ts';

export const Flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: 'must be true or false',
});

function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

const isOrigin = (text: string) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;

const corsError = 'must be "*" or origins such as "https://app.example.com", separated by commas, without a path';

const CorsOrigins = z
  .union([z.string().transform((text) => text.split(',')), z.array(z.string())], { error: corsError })
  .transform((origins) => [...new Set(origins.map((origin) => origin.trim()))])
  .refine((origins) => (origins.includes('*') ? origins.length === 1 : origins.length > 0 && origins.every(isOrigin)), {
    error: corsError,
  });

const headersError = 'must be names of headers such as "x-b3-traceid", separated by commas';

const CorsHeaders = z
  .union([z.string().transform((text) => text.split(',')), z.array(z.string())], { error: headersError })
  .transform((names) => [...new Set(names.map((name) => name.trim()))])
  .refine((names) => names.every((name) => /^[\w!#$%&*+.^`|~-]{1,100}$/.test(name)), { error: headersError });

export function text(pattern: RegExp, error: string) {
  return z.string({ error }).regex(pattern, { error });
}

export const Stage = text(
  /^[a-z][a-z0-9-]{0,19}$/,
  'must be 1 to 20 lower-case letters, digits and hyphens, beginning with a letter',
).default(settingDefaults.STAGE);

/** The options of a deployment, set with `-c key=value` or in cdk.json. */
export const Context = z
  .object({
    stage: Stage,
    corsOrigins: CorsOrigins.default(settingDefaults.CORS_ORIGINS.split(',')),
    /** Headers that pages may send in addition to those of lib/contract/cors.ts. */
    corsHeaders: CorsHeaders.default([]),
    imageModel: text(/^[\x21-\x7e]{1,100}$/, 'must be the name of a model, such as "gpt-image-2.6-flare"').default(
      settingDefaults.IMAGE_MODEL,
    ),
    /** The maximum of style images that are sent with a prompt. More than four make the call much slower. */
    styleReferences: wholeNumber(1, 16).default(Number(settingDefaults.STYLE_REFERENCES)),
    /** The maximum of a project's portraits in a day (UTC), even if the project sets more. */
    maxImagesPerDay: wholeNumber(0, 1_000_000).default(Number(settingDefaults.MAX_IMAGES_PER_DAY)),
    /** How many portraits of a persona are kept, even if unused: the newest; 0: all. */
    keepPortraits: wholeNumber(0, 10_000).default(Number(settingDefaults.KEEP_PORTRAITS)),
    /** Whether table, bucket, keys and logs outlive the stack. */
    retainData: Flag.default(true),
    /** The stream of a restored table, which the stack uses instead of its own: see docs/operating.md. */
    restoredStream: text(
      /^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]+\/stream\/[\w:.-]+$/,
      "must be the ARN of a table's stream",
    ).optional(),
    /** Requests per second, and burst, beyond which the stage answers 429. */
    throttleRate: wholeNumber(1, 10_000).default(100),
    throttleBurst: wholeNumber(1, 5_000).default(200),
    /**
     * How many portraits the whole deployment draws at once, which limits what a runaway script costs. It reserves concurrency, which AWS refuses to
     * new accounts, whose quota is 10 to 50: the deployment then fails and rolls back.
     */
    maxPortraitsAtOnce: wholeNumber(1, 1_000).optional(),
    /** Whether there is a dashboard. The first three of an account are free. */
    dashboard: Flag.default(true),
    /** Receives the alarms. Without it, alarms show in CloudWatch only. */
    alarmEmail: text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'must be an e-mail address').optional(),
    webAclArn: text(
      /^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:\d{12}:regional\/webacl\/.+$/,
      'must be the ARN of a regional web ACL of AWS WAF',
    ).optional(),
    domainName: text(
      /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
      'must be a domain name such as "personas.example.com"',
    ).optional(),
    certificateArn: text(
      /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/.+$/,
      'must be the ARN of an ACM certificate in the region of the stack',
    ).optional(),
  })
  .superRefine(({ domainName, certificateArn }, { addIssue }) => {
    const missing = domainName ? 'certificateArn' : 'domainName';
    if (Boolean(domainName) !== Boolean(certificateArn)) {
      addIssue({ code: 'custom', path: [missing], message: 'must be given too: a custom domain needs both' });
    }
  });

export type Context = z.infer<typeof Context>;

/** The options of an app, with defaults. Throws a message for each invalid option. */
export const readContext = (node: Node): Context => readKeys(node, Context);

/** Reads the keys of a schema from the context. Throws a message for each invalid one. */
export function readKeys<Schema extends z.ZodObject>(node: Node, schema: Schema): z.infer<Schema> {
  const given = Object.fromEntries(Object.keys(schema.shape).map((key) => [key, node.tryGetContext(key) ?? undefined]));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new Error(
    result.error.issues
      .map(({ path: [key], message }) => {
        const value = given[String(key)];
        return `CDK context "${String(key)}" ${message}${value === undefined ? '' : `, not ${JSON.stringify(value)}`}.`;
      })
      .join('\n'),
  );
}
