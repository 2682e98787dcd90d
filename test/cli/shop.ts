// A project of `pulse init` in a folder of its own, for tests of the commands.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeOptions, type Ran, run } from './fake-io.ts';

export interface Shop {
  readonly root: string;
  /** Runs a command line in the project. */
  pulse(argv: readonly string[], options?: FakeOptions): Promise<Ran>;
  remove(): Promise<void>;
}

export async function makeShop(): Promise<Shop> {
  const parent = await mkdtemp(join(tmpdir(), 'pulse-shop-'));
  const made = await run(['init', 'shop'], { cwd: parent });
  if (made.code !== 0) throw new Error(made.err);
  const root = join(parent, 'shop');
  return {
    root,
    pulse: (argv, options = {}) => run(argv, { cwd: root, ...options }),
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}
