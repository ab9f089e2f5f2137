/** Conditional requests: RFC 9110, section 13. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Precondition } from '../domain/version.ts';
import { header } from './header.ts';

/** Whether the caller has this version already. `If-None-Match` compares weakly. */
export function isKnown(event: APIGatewayProxyEvent, tag: string): boolean {
  return includes(header(event, 'if-none-match') ?? '', tag, 'weakly');
}

/** What the caller demands of the version that it changes: one of `If-Match`, compared strongly, and none of `If-None-Match`. */
export function preconditionOf(event: APIGatewayProxyEvent): Precondition {
  const ifMatch = header(event, 'if-match');
  return (tag) => (ifMatch === undefined || includes(ifMatch, tag, 'strongly')) && !isKnown(event, tag);
}

/** Section 8.8.3: tags in quotes, those of weak validators marked by `W/`. */
const entityTag = /(W\/)?"([\x21\x23-\x7e\x80-\uffff]*)"/g;

/** Whether a list of entity tags, or `*`, which stands for any, includes this one. What is not in quotes is no tag. */
function includes(list: string, tag: string, compared: 'strongly' | 'weakly'): boolean {
  if (list.trim() === '*') return true;
  return [...list.matchAll(entityTag)].some(([, weak, listed]) => listed === tag && (compared === 'weakly' || !weak));
}
