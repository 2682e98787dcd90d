// Models that are marked for another engine than this target's, and who reads them: a run leaves both alone and says so.

import { runsOn } from '../asset/asset.ts';
import { must } from '../errors.ts';
import type { Project } from '../project.ts';

/** Each asset that is not made on this target, with the marked model that it is or (at any distance) reads. */
export function elsewhere({ graph, target }: Pick<Project, 'graph' | 'target'>): ReadonlyMap<string, string> {
  const engine = target.bigquery === undefined ? 'duckdb' : 'bigquery';
  const found = new Map<string, string>();
  for (const name of graph.order) {
    const asset = must(graph.assets, name);
    const marked = asset.kind === 'model' && !runsOn(asset, engine);
    const read = graph.upstream(name).find(dep => found.has(dep));
    if (marked) found.set(name, name);
    else if (read !== undefined) found.set(name, must(found, read));
  }
  return found;
}

/** One sentence a marked model: who is left alone for it. Of `names` only. */
export function elsewhereTexts(left: ReadonlyMap<string, string>, names: ReadonlySet<string>): readonly string[] {
  const asked = [...left].filter(([name]) => names.has(name));
  return [...new Set(asked.map(([, marked]) => marked))].map(marked => {
    const readers = asked.flatMap(([name, of]) => (of === marked && name !== marked ? [name] : []));
    const who =
      readers.length === 0
        ? ''
        : `: nor ${readers.length === 1 ? 'is' : 'are'} ${readers.join(', ')}, which ${readers.length === 1 ? 'reads' : 'read'} it`;
    return `${marked} is marked for another engine (engines in its asset) and is not made on this target${who}.`;
  });
}
