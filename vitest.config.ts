import { defineConfig } from 'vitest/config';
import { translatorHash } from './translator-hash.ts';

export default defineConfig({
  define: { __TRANSLATOR_HASH__: JSON.stringify(translatorHash()) },
  resolve: { alias: { pulse: new URL('./src/index.ts', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.ts'],
    // Of a hang, not of slowness: tests that kill processes take ten times their time on a busy machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    // As many as cores; its own default leaves one of two idle.
    maxWorkers: '100%',
  },
});
