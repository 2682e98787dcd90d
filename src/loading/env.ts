// What the environment of a command says: its variables over the project's .env. Reads no variable itself: it is told.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { PulseError } from '../errors.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** An empty variable says nothing, nor does .env of it: an empty PULSE_HOME is not the project's own folder. */
export function saying(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

/** Of .env, what pulse's own lines look like. */
const OUR_LINE = /^[ \t]*(?:export[ \t]+)?((?:PULSE|MONGO|BIGQUERY)_[A-Z_]+)[ \t]*=/;

/**
 * What .env says; nothing where there is none.
 *
 * @throws {PulseError} CONFIG_INVALID where it cannot be read, or where Node's parser has lost a line that is ours: what
 *   is no NAME=value swallows the line below it.
 */
export async function readEnvFile(root: string): Promise<Env> {
  const text = await envText(join(root, '.env'));
  const said = parseEnv(text);
  for (const [index, line] of text.split('\n').entries()) {
    const name = OUR_LINE.exec(line)?.[1];
    if (name === undefined || Object.hasOwn(said, name)) continue;
    throw new PulseError('CONFIG_INVALID', `${name} in .env is not read: something above it is no NAME=value.`, {
      place: { file: '.env', line: index + 1 },
      hint: 'Mend the lines above it; a value with spaces or line ends stands in quotes.',
    });
  }
  return said;
}

async function envText(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw new PulseError('CONFIG_INVALID', `.env cannot be read (${code}).`, {
      place: { file: '.env' },
      hint: 'Make it a file that may be read, or take it away.',
    });
  }
}
