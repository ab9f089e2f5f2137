/** The demo of the first start: a project with three personas, whose portraits are drawn locally. */
import { drawPortrait } from './openai/painter/portrait.ts';

const demoPersonas = [
  {
    name: 'Grumpy Greta',
    description: 'A retired engineer who has seen too many chatbots, and answers in four words.',
    systemPrompt:
      'You are Greta, 67, a retired engineer. You talk to the support chat of a web shop because your parcel is late. You answer briefly, trust no chatbot, and ask for a human at the third evasive answer.',
    tags: ['terse', 'complaint'],
  },
  {
    name: 'Hasty Hanna',
    description: 'Orders from her phone between two meetings. Never reads past the first line.',
    systemPrompt:
      'You are Hanna, 34, and late for a meeting. You write from your phone, in half sentences and with typos. You want to know one thing only: whether the gift arrives before Friday.',
    tags: ['mobile', 'busy'],
  },
  {
    name: 'Curious Carlos',
    description: 'Asks three questions for every answer, and wants the source of each.',
    systemPrompt:
      'You are Carlos, 22, a student of journalism. You are friendly and thorough. You ask how the shop handles returns, doubt each answer politely, and ask where it is written.',
    tags: ['researcher'],
  },
];

/** Creates the demo project, with this provider key. Returns its id. */
export async function createDemo(url: string, adminKey: string, apiKey: string): Promise<string> {
  const send = async (method: string, path: string, body: object): Promise<{ id: string }> => {
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${adminKey}` };
    const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { id: string };
  };
  const { id } = await send('POST', '/api/projects', { name: 'Demo' });
  const project = `/api/projects/${id}`;
  await send('PUT', `${project}/config`, { llmSettings: { provider: 'openai', apiKey } });
  for (const fields of demoPersonas) {
    const persona = await send('POST', `${project}/personas`, fields);
    const imageBase64 = drawPortrait(fields.systemPrompt).toString('base64');
    const image = await send('POST', `${project}/images`, { imageBase64, role: 'persona-avatar' });
    await send('PUT', `${project}/personas/${persona.id}`, { imageUrl: image.id });
  }
  return id;
}
