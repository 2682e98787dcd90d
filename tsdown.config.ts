import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { defineConfig } from 'tsdown';
import { tryMakeCodeCache } from './code-cache.ts';
import { translatorHash } from './translator-hash.ts';

/** `import text from './page.js?raw'` gives the file's text, as in vitest. */
const rawText = {
  name: 'raw-text',
  resolveId: (id: string, importer: string | undefined) =>
    id.endsWith('?raw') && importer !== undefined ? resolve(dirname(importer), id) : null,
  load: async (id: string) =>
    id.endsWith('?raw')
      ? {
          code: `export default ${JSON.stringify(await readFile(id.slice(0, -4), 'utf8'))};`,
          moduleType: 'js' as const,
        }
      : null,
};

/** Dialects of knex that pulse has no store for: half of its code, which every command would parse. */
const otherDialects = {
  name: 'other-dialects',
  load: (id: string) =>
    /knex[\\/]lib[\\/]dialects[\\/](?:cockroachdb|mssql|mysql|mysql2|oracle|oracledb|pgnative|redshift)[\\/]/.test(id)
      ? { code: 'module.exports = {};', moduleType: 'js' as const }
      : null,
};

/** Help is written in ASCII, of which the width is the length: the tables of Unicode that yargs brings cost each command 15 ms. */
const plainWidth = {
  name: 'plain-width',
  load: (id: string) =>
    /string-width[\\/]index\.js$/.test(id)
      ? { code: 'export default text => text.length;', moduleType: 'js' as const }
      : null,
};

// One bundle, split by dynamic imports, so that a command loads only what it uses.
export default defineConfig({
  entry: {
    cli: 'src/cli/main.ts',
    index: 'src/index.ts',
    raw: 'src/raw/raw.ts',
    'raw-worker': 'src/raw/worker-entry.ts',
    'file-worker': 'src/writing/worker-entry.ts',
  },
  // Node links ES modules slower than it requires files, and can keep no compiled code of them (src/code-cache.ts).
  format: 'cjs',
  outExtensions: () => ({ js: '.js' }),
  outputOptions: { dynamicImportInCjs: false, strict: true },
  platform: 'node',
  target: 'node20',
  outDir: 'dist',
  clean: true,
  dts: false,
  fixedExtension: false,
  define: { __TRANSLATOR_HASH__: JSON.stringify(translatorHash()) },
  // yargs asks for import.meta.resolve where a command line extends a file; none of ours does.
  checks: { emptyImportMeta: false },
  // Loaded at run time, by URL.
  copy: ['src/googlesql/protocol.json'],
  onSuccess: async ({ outDir }) => {
    // The package's own files are ES modules.
    await writeFile(join(outDir, 'package.json'), '{ "type": "commonjs" }\n');
    await tryMakeCodeCache(outDir);
  },
  plugins: [rawText, otherDialects, plainWidth],
  // Every command parses what it loads: white space and comments are a third of it. Names stay, for stacks.
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  // Dozens of small files that every command needs: bundled they load in half the time.
  deps: {
    alwaysBundle: ['yargs', 'csv-parse', /^knex/, 'graphology', 'graphology-dag', 'tinyglobby', 'picocolors'],
    // Drivers that knex would load if it were asked to; only better-sqlite3 is.
    neverBundle: [
      'better-sqlite3',
      'sqlite3',
      'mysql',
      'mysql2',
      'mariadb',
      /^mariadb\//,
      'tedious',
      'oracledb',
      'pg',
      /^pg-/,
    ],
  },
});
