/** Conditional requests: RFC 9110, section 13. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { invalidEntityTag } from '../domain/refusal.ts';
import type { Precondition } from '../domain/version.ts';
import { header } from './header.ts';

/** Whether the caller already has this version: `If-None-Match`, which compares weakly. */
export function isKnown(event: APIGatewayProxyEvent, tag: string): boolean {
  return includes(tagsOf(event, 'If-None-Match') ?? [], tag, 'weakly');
}

/**
 * The condition of a change: the version matches `If-Match`, compared strongly, and does not match `If-None-Match`. Refuses
 * an invalid list of entity tags.
 */
export function preconditionOf(event: APIGatewayProxyEvent): Precondition {
  const ifMatch = tagsOf(event, 'If-Match');
  const ifNoneMatch = tagsOf(event, 'If-None-Match') ?? [];
  return (tag) => (!ifMatch || includes(ifMatch, tag, 'strongly')) && !includes(ifNoneMatch, tag, 'weakly');
}

/** Section 8.8.3: a tag in quotes, after `W/` if it is weak. */
const entityTag = /(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"/g;

/** The entity tags of the header, or `*` for any; undefined without the header. */
function tagsOf(event: APIGatewayProxyEvent, name: 'If-Match' | 'If-None-Match'): '*' | string[] | undefined {
  const list = header(event, name.toLowerCase())?.trim();
  if (list === undefined || list === '*') return list;
  const tags = list.match(entityTag);
  if (!tags || !/^[\s,]*$/.test(list.replaceAll(entityTag, ''))) throw invalidEntityTag(name);
  return tags;
}

const includes = (listed: '*' | string[], tag: string, compared: 'strongly' | 'weakly'): boolean =>
  listed === '*' || listed.includes(`"${tag}"`) || (compared === 'weakly' && listed.includes(`W/"${tag}"`));
