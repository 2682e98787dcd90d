// How a new project depends on this very program: by version where it came from a registry, else by its path.
// Reads the installation; writes nothing.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The part of a package.json that a lock file repeats of a linked package. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

export interface Installation {
  /** Absolute. */
  readonly root: string;
  readonly manifest: Manifest;
  readonly isFromRegistry: boolean;
}

/** This program's folder and package.json. */
export async function findInstallation(): Promise<Installation> {
  let root = dirname(dirname(fileURLToPath(import.meta.url)));
  while (!existsSync(join(root, 'package.json'))) root = dirname(root);
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  return { root, manifest, isFromRegistry: await isFromRegistry(root, manifest.name) };
}

/** npm keeps what it installed from where in node_modules/.package-lock.json. */
async function isFromRegistry(root: string, name: string): Promise<boolean> {
  const lock = join(dirname(root), '.package-lock.json');
  if (!existsSync(lock)) return false;
  const { packages = {} } = JSON.parse(await readFile(lock, 'utf8')) as {
    packages?: Record<string, { resolved?: string }>;
  };
  return /^https?:/.test(packages[`node_modules/${name}`]?.resolved ?? '');
}

/** The path as npm writes it in package.json and its lock: relative, with /. */
export const linkPath = (projectRoot: string, { root }: Installation): string =>
  relative(projectRoot, root).split(sep).join('/');

const LOCKED = [
  'version',
  'license',
  'dependencies',
  'bin',
  'devDependencies',
  'engines',
  'optionalDependencies',
] as const;

/** The lock of a project whose one dependency is a link to this installation: all of it is known, so npm need not be asked. */
export function linkLock(
  project: { readonly name: string; readonly version: string },
  path: string,
  { manifest }: Installation,
): string {
  const linked = Object.fromEntries(
    LOCKED.flatMap(field => (manifest[field] === undefined ? [] : [[field, manifest[field]]])),
  );
  const lock = {
    ...project,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { ...project, dependencies: { [manifest.name]: `file:${path}` } },
      [path]: linked,
      [`node_modules/${manifest.name}`]: { resolved: path, link: true },
    },
  };
  return `${JSON.stringify(lock, null, 2)}\n`;
}
