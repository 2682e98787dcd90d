// Loads every file of assets/ and makes the graph of them; what is wrong with one is told with its place.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import type { Asset } from '../asset/asset.ts';
import { hintClosest } from '../closest.ts';
import { type Place, PulseError, PulseErrors } from '../errors.ts';
import { type DeclaringFile, declaredPlace } from '../graph/declared-place.ts';
import { buildGraph, buildSoundGraph, type SoundGraph } from '../graph/graph.ts';
import type { LoadedAsset } from '../graph/loaded-asset.ts';
import { type Load, messageOf } from './modules.ts';
import { placeOfError } from './place-of-error.ts';

/**
 * The graph of all assets; `isLenient` leaves out those that are wrong, with their readers, instead of refusing all.
 *
 * @throws {PulseError} what is wrong with one, PulseErrors with several.
 */
export async function loadGraph(
  root: string,
  { load, isLenient }: { readonly load: Load; readonly isLenient: boolean },
): Promise<SoundGraph> {
  const assets = await loadAssets(root, load);
  return isLenient ? soundGraph(assets) : strictGraph(assets);
}

interface LoadedAssets {
  readonly loaded: readonly LoadedAsset[];
  /** Files that are no assets. */
  readonly faults: readonly PulseError[];
}

function strictGraph({ loaded, faults }: LoadedAssets): SoundGraph {
  const [first] = faults;
  if (first === undefined) return { graph: buildGraph(loaded), faults: [], excluded: new Map() };
  throw faults.length === 1 ? first : new PulseErrors(`${faults.length} asset files are wrong.`, faults);
}

function soundGraph({ loaded, faults }: LoadedAssets): SoundGraph {
  const sound = buildSoundGraph(
    loaded,
    faults.flatMap(({ place }) => place?.file ?? []),
  );
  return { ...sound, faults: [...faults, ...sound.faults] };
}

async function loadAssets(root: string, load: Load): Promise<LoadedAssets> {
  const files = (await glob('assets/**/*.ts', { cwd: root, ignore: ['**/*.d.ts', '**/*.test.ts'] })).sort();
  const faults: PulseError[] = [];
  const loaded: LoadedAsset[] = [];
  for (const file of files) {
    const text = (): string => readFileSync(join(root, file), 'utf8');
    try {
      const asset = await load(join(root, file));
      if (isAsset(asset)) loaded.push({ asset, file, text });
      else faults.push(notAnAsset(file));
    } catch (error) {
      if (error instanceof PulseError)
        faults.push(
          new PulseError(error.code, error.message, {
            ...hintOf(error),
            place: placeOfSaid(error, { file, text: text() }),
          }),
        );
      else
        faults.push(
          new PulseError('ASSET_INVALID', `${file} does not load: ${messageOf(error)}`, {
            ...(await importHint(error)),
            place: { file, ...placeOfError(error, { file, text: text() }) },
            cause: error,
          }),
        );
    }
  }
  return { loaded, faults };
}

/** Where a name that is not defined is one of pulse's, its import is what is missing. */
async function importHint(error: unknown): Promise<{ hint?: string }> {
  const [, name] = /^(\w+) is not defined/.exec(error instanceof Error ? error.message : '') ?? [];
  if (name === undefined) return {};
  const known = Object.keys(await import('../index.ts'));
  const hint = known.includes(name) ? `Import it: import { ${name} } from 'pulse'.` : hintClosest(name, known, '');
  return hint === '' ? {} : { hint };
}

/** Where the last thing that an error names in quotes is declared; what is said of a check stands among the checks. */
function placeOfSaid({ message }: PulseError, file: DeclaringFile): Place {
  const word = [...message.matchAll(/"([^"]+)"/g)].at(-1)?.[1];
  return declaredPlace(file, /^(?:refersTo|A check) /.test(message) ? 'checks' : 'name', word);
}

const isAsset = (value: unknown): value is Asset =>
  typeof value === 'object' && value !== null && 'kind' in value && 'name' in value && 'deps' in value;

const notAnAsset = (file: string): PulseError =>
  new PulseError('ASSET_INVALID', `${file} does not export an asset by default.`, {
    hint: "Write `export default model({ … })`, or source, ingest, extract or seed, all from 'pulse'.",
    place: { file, line: 1, column: 1 },
  });

const hintOf = (error: PulseError): { hint?: string } => (error.hint === undefined ? {} : { hint: error.hint });
