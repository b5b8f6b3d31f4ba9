// The checksum over everything the committed build is made from.
//
// Definition: for each file under web/ (without the folders node_modules and .vite, and without
// *.log), in the byte order of its path from the repository's root with forward slashes, one line
// "<sha256 of the file, lower-case hex>  <path>\n"; the checksum is the SHA-256 of these lines.
// crates/server/web-dist/.inputs.sha256 holds it as 64 hex digits and a line feed.
//
//   node scripts/inputs-sha256.mjs           prints it
//   node scripts/inputs-sha256.mjs --write   writes it beside the build
//   node scripts/inputs-sha256.mjs --check   fails when the build is not of these sources

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
const recorded = join(web, '../crates/server/web-dist/.inputs.sha256');

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function files(folder, prefix) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${prefix}/${entry.name}`;
    if (entry.isDirectory()) {
      return ['node_modules', '.vite'].includes(entry.name) ? [] : files(join(folder, entry.name), path);
    }
    return entry.name.endsWith('.log') ? [] : [path];
  });
}

const paths = files(web, 'web').sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
const lines = paths.map((path) => `${sha256(readFileSync(join(web, '..', path)))}  ${path}\n`);
const checksum = sha256(lines.join(''));

switch (process.argv[2]) {
  case '--write':
    writeFileSync(recorded, `${checksum}\n`);
    break;
  case '--check':
    if (readFileSync(recorded, 'utf8').trim() !== checksum) {
      console.error('crates/server/web-dist is not built from these sources; run "npm ci && npm run build" in web/');
      process.exitCode = 1;
    }
    break;
  default:
    console.log(checksum);
}
