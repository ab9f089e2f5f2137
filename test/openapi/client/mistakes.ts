/** Lines that must not compile, with the reason in a comment. */
import createClient from 'openapi-fetch';
import type { paths } from './api.ts';

const api = createClient<paths>();
const params = { path: { projectId: 'one' } };

await api.GET('/api/personas'); // no such path
await api.PUT('/api/projects', { body: { name: 'Checkout bot' } }); // no such method
await api.POST('/api/projects', { body: { title: 'Checkout bot' } }); // no such field
await api.GET('/api/projects/{projectId}/images', { params }); // a parameter is missing
const { data, error } = await api.GET('/api/projects/{projectId}/config', { params });
console.log(data?.owner); // no such field in the answer
console.log(error?.code === 'persona_not_found'); // no such error of this operation
