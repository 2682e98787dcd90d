// Which assets a selection means. Pure: what needs state (status:) is asked of the caller.
// The grammar is in selection.ts.

import type { Asset } from '../asset/asset.ts';
import { hintClosest } from '../closest.ts';
import { must, PulseError } from '../errors.ts';
import { globMatcher, isGlob } from './glob.ts';
import { type AssetGraph, reach } from './graph.ts';
import { type Intersection, type Method, readSelection, type Term } from './selection.ts';

export const STATUSES = ['fresh', 'stale', 'missing', 'failed'] as const;
export type Status = (typeof STATUSES)[number];

export interface SelectOptions {
  /** Words of the same grammar; what they mean is taken away. */
  readonly exclude?: readonly string[];
  /** All that is true of an asset: it may be stale and failed. Needed where `asksStatus` says so. */
  readonly statusOf?: (name: string) => readonly Status[];
}

/**
 * The assets that `words` mean, without those that `exclude` means, in the graph's order. No words mean all of them.
 * The result may be empty: nothing failed, nothing in an intersection. What can only be a mistake is refused.
 *
 * @throws {PulseError} ASSET_UNKNOWN for a name nobody has; SELECTION_INVALID for what cannot be read, and for a glob,
 * tag, kind, path or owner that matches nothing.
 */
export function select(graph: AssetGraph, words: readonly string[], options: SelectOptions = {}): readonly string[] {
  const chosen = words.length === 0 ? new Set(graph.order) : meant(graph, words, options);
  for (const name of meant(graph, options.exclude ?? [], options)) chosen.delete(name);
  return graph.sort(chosen);
}

/** Whether a selection cannot be judged without knowing what is stale, so that others need not wait for the state. */
export function asksStatus(words: readonly string[]): boolean {
  return readSelection(words).some(terms => terms.some(term => term.method === 'status'));
}

/** @throws {PulseError} ASSET_UNKNOWN with "did you mean" */
export function assetNamed(graph: AssetGraph, name: string): Asset {
  const asset = graph.assets.get(name);
  if (asset === undefined) throw unknown(graph, name);
  return asset;
}

function meant(graph: AssetGraph, words: readonly string[], options: SelectOptions): Set<string> {
  return new Set(readSelection(words).flatMap(terms => [...inAll(graph, terms, options)]));
}

function inAll(graph: AssetGraph, terms: Intersection, options: SelectOptions): readonly string[] {
  const [first = [], ...others] = terms.map(term => grown(graph, term, options));
  return [...first].filter(name => others.every(other => other.has(name)));
}

/** What a term names, with the ancestors and descendants it asks for. */
function grown(graph: AssetGraph, term: Term, options: SelectOptions): Set<string> {
  const named = MATCH[term.method]({ graph, term, statusOf: options.statusOf });
  const above = (name: string) => graph.upstream(name);
  const below = (name: string) => graph.downstream(name);
  if (term.isAt) return reach(reach(named, below), above);
  return new Set([...reach(named, above, term.above), ...reach(named, below, term.below)]);
}

interface Question {
  readonly graph: AssetGraph;
  readonly term: Term;
  readonly statusOf: SelectOptions['statusOf'];
}

const MATCH: Readonly<Record<Method, (question: Question) => readonly string[]>> = {
  name: ({ graph, term }) =>
    isGlob(term.value) ? matching(graph, term, asset => [asset.name]) : [assetNamed(graph, term.value).name],
  tag: ({ graph, term }) => matching(graph, term, asset => asset.tags),
  kind: ({ graph, term }) => matching(graph, term, asset => [asset.kind]),
  owner: ({ graph, term }) => matching(graph, term, asset => (asset.owner === undefined ? [] : [asset.owner])),
  path: ({ graph, term }) => {
    const value = term.value.replaceAll('\\', '/').replace(/^\.\//, '').replace(/\/$/, '');
    return matching(graph, { ...term, value }, asset => pathsOf(graph, asset).flatMap(withFolders));
  },
  status: ({ graph, term, statusOf }) => {
    const status = STATUSES.find(known => known === term.value);
    if (status === undefined) throw nothing(term, STATUSES);
    if (statusOf === undefined) throw new Error(`"${term.text}" was asked of a caller that knows no status`);
    return graph.order.filter(name => statusOf(name).includes(status));
  },
};

/** The assets of which one of `words` matches the term's value; at least one. */
function matching(graph: AssetGraph, term: Term, words: (asset: Asset) => readonly string[]): readonly string[] {
  const matches = globMatcher(term.value);
  const found = graph.order.filter(name => words(must(graph.assets, name)).some(matches));
  if (found.length > 0) return found;
  throw nothing(term, [...new Set([...graph.assets.values()].flatMap(words))].sort());
}

/** The declaration, and a model's SQL. */
function pathsOf(graph: AssetGraph, asset: Asset): readonly string[] {
  const file = must(graph.files, asset.name);
  return asset.kind === 'model' ? [file, `models/${asset.model}`] : [file];
}

/** `a/b/c.ts` is in `a/b` and in `a`. */
function withFolders(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, n) => parts.slice(0, n + 1).join('/')).filter(folder => folder !== '');
}

function unknown(graph: AssetGraph, name: string): PulseError {
  const isTag = [...graph.assets.values()].some(asset => asset.tags.includes(name));
  return new PulseError('ASSET_UNKNOWN', `No asset is called "${name}".`, {
    hint: isTag ? `Did you mean "tag:${name}"?` : hintClosest(name, graph.order, '`pulse list` shows what there is.'),
  });
}

/** How many of the words that exist an error shows. */
const SHOWN = 12;

function nothing(term: Term, there: readonly string[]): PulseError {
  const shown =
    there.length <= SHOWN ? there.join(', ') : `${there.slice(0, SHOWN).join(', ')} and ${there.length - SHOWN} more`;
  const have = there.length === 0 ? `No asset has a ${term.method}.` : `There is ${shown}.`;
  return new PulseError('SELECTION_INVALID', `"${term.text}" matches nothing.`, {
    hint: isGlob(term.value) ? have : hintClosest(term.value, there, have),
  });
}
