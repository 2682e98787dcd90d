import { defineConfig } from 'tsdown';

// One bundle, split by dynamic imports, so that a command loads only what it uses.
export default defineConfig({
  entry: { cli: 'src/cli/main.ts', index: 'src/index.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outDir: 'dist',
  clean: true,
  dts: false,
  fixedExtension: false,
});
