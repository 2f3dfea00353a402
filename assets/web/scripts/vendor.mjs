// Copies the third-party files that the chat page loads from node_modules/ to vendor/.
// Run by `npm run vendor` after `npm ci`. Fails when a package has moved its files.
import { copyFile, mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const web = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const files = [
  ['adaptivecards/dist/adaptivecards.min.js', 'adaptivecards.min.js'],
  ['adaptivecards/dist/adaptivecards.css', 'adaptivecards.css'],
  ['markdown-it/dist/browser/markdown-it.umd.min.js', 'markdown-it.umd.min.js'],
];

await mkdir(path.join(web, 'vendor'), { recursive: true });
for (const [from, to] of files) {
  const target = path.join(web, 'vendor', to);
  // By way of a rename, so that a server reading the file meanwhile never sees half of it.
  await copyFile(path.join(web, 'node_modules', from), `${target}.new`);
  await rename(`${target}.new`, target);
  console.log(`vendor/${to}`);
}
