// What pulse.config.ts says is read outside of pulse must be there. Pure.

import { isTable } from '../asset/asset.ts';
import type { Exposure } from '../asset/config.ts';
import { hintClosest } from '../closest.ts';
import { PulseError } from '../errors.ts';
import { declaredPlace } from '../graph/declared-place.ts';
import type { AssetGraph } from '../graph/graph.ts';

export interface ExposureWorld {
  readonly graph: AssetGraph;
  /** Assets that are left out of the graph for what is wrong with them, which is said elsewhere. */
  readonly excluded: ReadonlyMap<string, string>;
  /** Names of a table's columns; undefined where they are not known. */
  columnsOf(asset: string): readonly string[] | undefined;
  /** The text of pulse.config.ts, for places. */
  readonly text: string;
}

/** One error for each table or column that is not there. */
export function exposureErrors(
  exposures: Readonly<Record<string, Exposure>>,
  world: ExposureWorld,
): readonly PulseError[] {
  return Object.entries(exposures).flatMap(([name, { reads }]) => reads.flatMap(read => readError(name, read, world)));
}

function readError(exposure: string, read: string, { graph, excluded, columnsOf, text }: ExposureWorld): PulseError[] {
  const [table = '', column] = read.split('.');
  if (excluded.has(table)) return [];
  const asset = graph.assets.get(table);
  const place = declaredPlace({ file: 'pulse.config.ts', text }, 'exposures', read);
  if (asset === undefined || !isTable(asset)) {
    const tables = [...graph.assets.values()].filter(isTable).map(one => one.name);
    return [
      new PulseError(
        'ASSET_UNKNOWN',
        `The exposure "${exposure}" reads "${table}", which is no table of this project.`,
        {
          hint: hintClosest(table, tables, '`pulse list` shows what there is.'),
          place,
        },
      ),
    ];
  }
  const columns = columnsOf(table);
  if (column === undefined || columns === undefined) return [];
  if (columns.some(name => name.toLowerCase() === column.toLowerCase())) return [];
  return [
    new PulseError(
      'CONTRACT_BROKEN',
      `The exposure "${exposure}" reads "${read}", a column that ${table} does not have.`,
      {
        hint: hintClosest(column, columns, `It has ${columns.join(', ')}.`),
        place,
      },
    ),
  ];
}
