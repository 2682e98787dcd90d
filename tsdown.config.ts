import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { defineConfig } from 'tsdown';
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

// One bundle, split by dynamic imports, so that a command loads only what it uses.
export default defineConfig({
  entry: { cli: 'src/cli/main.ts', index: 'src/index.ts', raw: 'src/raw/raw.ts', 'raw-worker': 'src/raw/worker.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outDir: 'dist',
  clean: true,
  dts: false,
  fixedExtension: false,
  define: { __TRANSLATOR_HASH__: JSON.stringify(translatorHash()) },
  // Loaded at run time, by URL.
  copy: ['src/googlesql/protocol.json'],
  plugins: [rawText, otherDialects],
  // Every command parses what it loads: white space and comments are a third of it. Names stay, for stacks.
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  // Dozens of small files that every command needs: bundled they load in half the time.
  deps: {
    alwaysBundle: ['yargs', /^knex/, 'graphology', 'graphology-dag', 'tinyglobby', 'picocolors'],
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
