import { readFile, writeFile } from 'node:fs/promises';

import { format } from 'prettier';

import { createOpenApiDocument } from './openapi.js';

const FILE = 'docs/openapi.json';

/** Every route with whether it asks for a token. */
function routesOf(document: Awaited<ReturnType<typeof createOpenApiDocument>>): string[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { security?: unknown[] }>).map(
      ([method, { security }]) =>
        `${method.toUpperCase()} ${path}${security === undefined ? ' (open)' : ''}`,
    ),
  );
}

it('is what docs/openapi.json says; UPDATE_DOCS=1 writes it anew', async () => {
  const document = await createOpenApiDocument('1');
  const text = await format(JSON.stringify(document), { parser: 'json', printWidth: 100 });
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(FILE, text);
  expect(text).toBe(await readFile(FILE, 'utf8'));
});

it('opens nothing without a token but what operators ask', async () => {
  const routes = routesOf(await createOpenApiDocument('1'));
  expect(routes.filter((route) => route.endsWith('(open)')).sort()).toEqual([
    'GET /metrics (open)',
    'GET /v1/health/live (open)',
    'GET /v1/health/ready (open)',
    'GET /v1/info (open)',
  ]);
  expect(routes.length).toBeGreaterThan(20);
});
