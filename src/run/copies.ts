// Which tables hold events as they were in the raw store.

import { must } from '../errors.ts';
import type { Project } from '../project.ts';

/** The tables that copy events out of the raw store, upstream first. */
export const copiesOf = ({ graph }: Project): readonly string[] =>
  graph.order.filter(name => {
    const asset = must(graph.assets, name);
    return asset.kind === 'extract' && asset.from === 'events_raw';
  });
