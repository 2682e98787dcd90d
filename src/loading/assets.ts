// Loads every file of assets/ and makes the graph of them; what is wrong with one is told with its place.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import type { Asset } from '../asset/asset.ts';
import { lineAndColumn, PulseError, PulseErrors } from '../errors.ts';
import { hintClosest } from '../graph/closest.ts';
import { declaredPlace } from '../graph/declared-place.ts';
import { buildGraph, buildSoundGraph, type SoundGraph } from '../graph/graph.ts';
import type { LoadedAsset } from '../graph/loaded-asset.ts';
import { type Load, messageOf } from './modules.ts';

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
            place: declaredPlace({ file, text: text() }, 'name'),
          }),
        );
      else
        faults.push(
          new PulseError('ASSET_INVALID', `${file} does not load: ${messageOf(error)}`, {
            ...(await importHint(error)),
            place: { file, ...(namedPlace(error, text()) ?? lineOf(error, file)) },
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

/** Where a name stands that is not defined or no function: the stack counts in what the transpiler made of the file. */
function namedPlace(error: unknown, text: string): { line: number; column: number } | undefined {
  const message = error instanceof Error ? error.message : '';
  const [, name] = /(\w+)\)? is not (?:defined|a function)/.exec(message) ?? [];
  const at = name === undefined ? -1 : text.search(new RegExp(String.raw`\b${name}\b`));
  return at < 0 ? undefined : lineAndColumn(text, at);
}

/** Where the transpiler, or else the stack, says that it is. */
function lineOf(error: unknown, file: string): { line?: number; column?: number } {
  if (!(error instanceof Error)) return {};
  const found =
    /\((\d+):(\d+)\)/.exec(error.message.split('\n')[0] ?? '') ??
    new RegExp(String.raw`${file.replace(/[^\w/]/g, String.raw`\$&`)}:(\d+):(\d+)`).exec(error.stack ?? '');
  return found === null
    ? {}
    : { line: Number(found[1]), column: Number(found[2]) + (found[0].startsWith('(') ? 1 : 0) };
}

const isAsset = (value: unknown): value is Asset =>
  typeof value === 'object' && value !== null && 'kind' in value && 'name' in value && 'deps' in value;

const notAnAsset = (file: string): PulseError =>
  new PulseError('ASSET_INVALID', `${file} does not export an asset by default.`, {
    hint: "Write `export default model({ … })`, or source, ingest, extract or seed, all from 'pulse'.",
    place: { file },
  });

const hintOf = (error: PulseError): { hint?: string } => (error.hint === undefined ? {} : { hint: error.hint });
