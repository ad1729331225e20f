// Prints every scenario with the rows that it covers, a line of JSON each, and runs none (LIST_ROWS is set).

import { readFileSync, readdirSync } from 'node:fs';
import { scenarios } from './client.js';

const scripts = readdirSync('.').filter((name) => name.endsWith('.test.js'));
for (const script of scripts.filter((name) => readFileSync(name, 'utf8').includes('covers('))) {
  const before = scenarios.length;
  await import(`./${script}`);
  for (const scenario of scenarios.slice(before)) console.log(JSON.stringify({ script, ...scenario }));
}
