// Finds pulse.config.ts, loads and judges it, and chooses the target that a command is for.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config, Target } from '../asset/config.ts';
import { hintClosest } from '../closest.ts';
import { PulseError, PulseErrors } from '../errors.ts';
import { keyPlace } from './config-place.ts';
import type { Env } from './env.ts';
import { type Load, messageOf } from './modules.ts';
import { placeOfError } from './place-of-error.ts';

export const CONFIG_FILE = 'pulse.config.ts';

export function rootAbove(cwd: string): string | undefined {
  for (let at = resolve(cwd); ; at = dirname(at)) {
    if (existsSync(join(at, CONFIG_FILE))) return at;
    if (dirname(at) === at) return undefined;
  }
}

export function findRoot(cwd: string): string {
  const root = rootAbove(cwd);
  if (root !== undefined) return root;
  throw new PulseError('PROJECT_NOT_FOUND', `There is no ${CONFIG_FILE} in ${resolve(cwd)} or above it.`, {
    hint: 'Change into a project, name it with --project-dir, or make one with `pulse init DIR`.',
  });
}

export async function loadConfig(root: string, load: Load): Promise<Config> {
  let config: unknown;
  try {
    config = await load(join(root, CONFIG_FILE));
  } catch (error) {
    throw new PulseError('CONFIG_INVALID', `${CONFIG_FILE} does not load: ${messageOf(error)}`, {
      place: { file: CONFIG_FILE, ...placeOfError(error, { file: CONFIG_FILE, text: textOf(root) }) },
      cause: error,
    });
  }
  const { configFaults } = await import('./config-faults.ts');
  const faults = configFaults(config).map(text => {
    const place = { file: CONFIG_FILE, ...keyPlace(textOf(root), text) };
    return new PulseError('CONFIG_INVALID', text, { place });
  });
  const [first] = faults;
  if (first !== undefined) {
    throw faults.length === 1
      ? first
      : new PulseErrors(`${faults.length} things are wrong with ${CONFIG_FILE}.`, faults);
  }
  return config as Config;
}

const textOf = (root: string): string => readFileSync(join(root, CONFIG_FILE), 'utf8');

export interface ChosenTarget {
  readonly targetName: string;
  readonly target: Target;
}

/** The environment wins over the file, server by server. */
export function chooseTarget(config: Config, { env, asked }: { env: Env; asked?: string }): ChosenTarget {
  const targetName = asked ?? env.PULSE_TARGET ?? config.defaultTarget ?? 'local';
  const declared: Readonly<Record<string, Target>> = { local: {}, ...config.targets };
  const target = Object.hasOwn(declared, targetName) ? declared[targetName] : undefined;
  if (target === undefined) {
    throw new PulseError('TARGET_UNKNOWN', `There is no target "${targetName}" in ${CONFIG_FILE}.`, {
      hint: hintClosest(targetName, Object.keys(declared), `Targets: ${Object.keys(declared).join(', ')}.`),
    });
  }
  return { targetName, target: { ...target, ...targetOf(env, target) } };
}

/** What the environment says of the three servers, over what the target says: word by word, so one may come from each. */
function targetOf(env: Env, { mongo, bigquery }: Target): Target {
  const uri = env.MONGO_URI ?? mongo?.uri;
  // Another server's database is not the one that the target names.
  const database = env.MONGO_DB ?? (env.MONGO_URI === undefined ? mongo?.database : undefined);
  const project = env.BIGQUERY_PROJECT ?? bigquery?.project;
  const dataset = env.BIGQUERY_DATASET ?? bigquery?.dataset ?? 'pulse';
  const location = env.BIGQUERY_LOCATION;
  const apiEndpoint = env.BIGQUERY_API_ENDPOINT;
  const url = env.PULSE_STATE_URL;
  return {
    ...(uri !== undefined && { mongo: { uri, ...(database !== undefined && { database }) } }),
    ...(project !== undefined && {
      bigquery: {
        ...bigquery,
        project,
        dataset,
        ...(location !== undefined && { location }),
        ...(apiEndpoint !== undefined && { apiEndpoint }),
      },
    }),
    ...(url !== undefined && { state: { url } }),
  };
}
