// Makes a model: all of it, or what changed of it. Making cells P is making SELECT * FROM (model) WHERE partition IN P; making
// keys K is making the model over its upstream tables narrowed to K, where an edge says so, and keeping the rows of K.

import { isTable, type ModelAsset, type TableAsset } from '../asset/asset.ts';
import type { Partition } from '../asset/partition.ts';
import { bindCells, bindGoogleSqlCells, hasHint } from '../compile/bind.ts';
import { type CompiledModel, declaredTable } from '../compile/compile.ts';
import { must } from '../errors.ts';
import { type TypedColumn, typeText } from '../googlesql/type.ts';
import { edgesOf } from '../plan/edges.ts';
import { rewoundOf } from '../plan/rewound.ts';
import type { KeyedEdge, Part } from '../warehouse/changes.ts';
import type { CellKey, ChangedKeys, Position, Region, Staged, StageOptions, TableSpec } from '../warehouse/table.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { type Made, type RunContext, UNCHANGED } from './context.ts';
import { writeNote } from './note.ts';
import { nothingChanged, publishStaged } from './publish.ts';
import { type Extent, extentOf } from './scope.ts';
import { tableSpec } from './table-spec.ts';

export async function makeModel(asset: ModelAsset, context: RunContext): Promise<Made> {
  const model = must(context.compiled.models, asset.name);
  const extent = extentOf(asset, model.codeVersion, context);
  if (extent.kind === 'nothing') return UNCHANGED;
  const warehouse = await context.warehouse();
  const making: Making = { asset, model, sql: sqlFor(warehouse.engine, model), context };
  // Before anything is read: what is published meanwhile counts as not read.
  const position = await warehouse.changes.position(tablesOf(making));
  if (extent.kind === 'part') {
    const keys = extent.isKeyed ? await changedKeys(making, { position, isAlone: extent.cells.length === 0 }) : [];
    if (keys !== undefined) return makePart(making, extent, { keys, position });
  }
  return makeWhole(making, position);
}

/** What the engine runs: on BigQuery the model's own text. @throws {PulseError} SQL_NOT_TRANSLATED */
function sqlFor(engine: Warehouse['engine'], { sql, cellsSql, duckdb }: CompiledModel): ModelSql {
  if (engine === 'bigquery') return { sql, cellsSql, bind: bindGoogleSqlCells };
  if (duckdb.kind === 'refused') throw duckdb.error;
  return { ...duckdb, bind: bindCells };
}

interface ModelSql {
  readonly sql: string;
  readonly cellsSql: string;
  readonly bind: typeof bindCells;
}

interface Making {
  readonly asset: ModelAsset;
  readonly model: CompiledModel;
  readonly sql: ModelSql;
  readonly context: RunContext;
}

async function makeWhole({ asset, model, sql, context }: Making, position: Position): Promise<Made> {
  const warehouse = await context.warehouse();
  const staged = await context.watch.time(`build ${asset.name}`, () =>
    warehouse.stageSelect(tableSpec(asset, model.columns), sql.sql, stageOptions(context, model, position)),
  );
  return publishStaged(context, staged, {
    codeVersion: model.codeVersion,
    note: noteOf(asset, context),
    mode: 'replace',
    position,
  });
}

interface Parts {
  readonly keys: readonly ChangedKeys[];
  readonly position: Position;
}

async function makePart(
  making: Making,
  { cells, settles }: Extract<Extent, { kind: 'part' }>,
  { keys, position }: Parts,
): Promise<Made> {
  const { asset, model, context } = making;
  const isAsked = context.asked.has(asset.name);
  // Cells that were asked for say nothing of the others: those have not read what these have.
  const read = isAsked ? {} : { position };
  const parts = [
    ...(cells.length === 0 ? [] : [await cellsPart(making, cells)]),
    ...keys.filter(one => one.count > 0).map(one => keysPart(making, one)),
  ];
  if (parts.length === 0) return nothingChanged(context, asset.name, { settles, ...read });
  const staged = await context.watch.time(`build ${asset.name}`, () => stage(making, parts, position));
  // Of a table that was rewound, the other cells stay so.
  const note = noteOf(asset, context, isAsked ? context.snapshot.builds.get(asset.name)?.note : undefined);
  const options = { codeVersion: model.codeVersion, note, settles, ...read };
  return publishStaged(context, staged, { ...options, mode: 'regions' });
}

/** `before` is the note of what stays beside it. */
function noteOf(asset: ModelAsset, { project }: RunContext, before?: string): string {
  const rewound = rewoundOf(before);
  return writeNote({ edges: edgesOf(asset, project.graph), ...(rewound && { rewound }) });
}

async function stage({ asset, model, context }: Making, parts: readonly Part[], position: Position): Promise<Staged> {
  const { changes } = await context.warehouse();
  return changes.stageParts(tableSpec(asset, model.columns), parts, stageOptions(context, model, position));
}

/** Of the same code over the same publications of its upstream tables the same rows come. */
const stageOptions = (
  { runId, signal }: RunContext,
  { codeVersion }: CompiledModel,
  position: Position,
): StageOptions => ({
  runId,
  signal,
  inputs: JSON.stringify([codeVersion, Object.entries(position).sort()]),
});

async function cellsPart({ asset, sql, context }: Making, cells: readonly CellKey[]): Promise<Part> {
  const region: Region = { kind: 'cells', cells };
  const { engine } = await context.warehouse();
  // Over tables that are narrowed to the cells the hint would only be looked at once more, in every row. BigQuery prunes by it.
  const sameCells = engine === 'duckdb' ? tablesBySameCells(asset, context) : undefined;
  if (sameCells !== undefined) return { sql: sql.sql, region, restrict: [], sameCells };
  if (!hasHint(asset.partition, cells)) return { sql: sql.sql, region, restrict: [] };
  return { sql: sql.bind(sql.cellsSql, asset.partition, cells), region, restrict: [] };
}

/** The tables that it reads, where it reads of each the cells that it makes; else undefined. */
function tablesBySameCells({ deps, partition }: ModelAsset, { project: { graph } }: RunContext): Part['sameCells'] {
  const tables = deps.flatMap(({ asset: name, mapping }) => {
    const read = must(graph.assets, name);
    return mapping?.kind === 'same-partition' && isTable(read) && isSameGrain(read.partition, partition)
      ? [{ table: name, partition: read.partition }]
      : [];
  });
  return tables.length === deps.length ? tables : undefined;
}

const isSameGrain = (a: Partition, b: Partition): boolean =>
  a.kind === 'time' ? b.kind === 'time' && a.grain === b.grain : a.kind === 'static' && b.kind === 'static';

function keysPart({ asset, sql, context }: Making, keys: ChangedKeys): Part {
  const { graph } = context.project;
  if (keys.added !== undefined) return { sql: sql.sql, region: { kind: 'added', added: keys.added }, restrict: [] };
  const restrict = keyedEdges(asset)
    .filter(edge => edge.through === undefined && isSame(edge.columns, keys.columns))
    .map(({ upstream }) => ({
      table: upstream,
      isUnique: isUnique(must(graph.assets, upstream) as TableAsset, keys.columns),
    }));
  return { sql: sql.sql, region: { kind: 'keys', keys }, restrict };
}

/** Whether no two rows of a table have the same key, and none a NULL in it: its blocking checks say so. */
function isUnique({ checks, columns }: TableAsset, key: readonly string[]): boolean {
  const blocking = checks.filter(check => check.severity === 'block');
  const isRequired = (name: string): boolean =>
    columns.some(column => column.name === name && column.mode === 'REQUIRED') ||
    blocking.some(check => check.kind === 'not-null' && check.column === name);
  return (
    key.every(isRequired) &&
    blocking.some(check => check.kind === 'unique' && check.columns.every(column => key.includes(column)))
  );
}

/** The tables that the model reads. */
const tablesOf = ({ asset, context }: Making): string[] =>
  asset.deps.map(dep => dep.asset).filter(name => isTable(must(context.project.graph.assets, name)));

/** The edges by key, in the order of the deps. */
const keyedEdges = (asset: ModelAsset): KeyedEdge[] =>
  asset.deps.flatMap(({ asset: upstream, mapping }) =>
    mapping?.kind === 'by-key'
      ? [{ upstream, columns: mapping.columns, ...(mapping.through !== undefined && { through: mapping.through }) }]
      : [],
  );

interface Reading {
  /** Where the logs of changes end for now. */
  readonly position: Position;
  /** Whether nothing else is made with the rows of these keys. */
  readonly isAlone: boolean;
}

/** By the columns of the edges, what changed since the model last read them; undefined where all of it is the safe or the cheaper answer. */
async function changedKeys(
  making: Making,
  { position, isAlone }: Reading,
): Promise<readonly ChangedKeys[] | undefined> {
  const { asset, model, context } = making;
  const { changes } = await context.warehouse();
  const spec = tableSpec(asset, model.columns);
  const groups: KeyedEdge[][] = [];
  const declarations = keyedEdges(asset);
  const isOneGroup = declarations.every(({ columns }) => isSame(columns, declarations[0]?.columns ?? []));
  for (const declared of declarations) {
    const { upstream, columns, through } = declared;
    const read = must(context.project.graph.assets, upstream) as TableAsset;
    const uses = model.facts?.uses.flatMap(column => (column.asset === upstream ? [column.column] : []));
    const edge: KeyedEdge = {
      ...declared,
      ...(uses !== undefined && { uses }),
      isUnique: through === undefined && isUnique(read, columns),
      isOnly: asset.deps.length === 1,
      isLinear: isAlone && isOneGroup && through === undefined && model.facts?.linear.includes(upstream) === true,
    };
    const group = groups.find(one => isSame(one[0]?.columns ?? [], edge.columns));
    if (group === undefined) groups.push([edge]);
    else group.push(edge);
  }
  // What making it whole would read: many keys of a big upstream are few, though most of them may be none of this model's.
  const rows = Math.max(...[asset.name, ...tablesOf(making)].map(name => context.snapshot.builds.get(name)?.rows ?? 0));
  const found: ChangedKeys[] = [];
  for (const [at, edges] of groups.entries()) {
    if (!hasColumns(spec, edges, making)) return undefined;
    const options = { upTo: position, name: String(at), runId: context.runId, signal: context.signal };
    const keys = await context.watch.time('changed keys', () => changes.keysSince(spec, edges, options));
    if (keys === undefined || keys.count > context.deltas.limit(rows)) return undefined;
    found.push(keys);
  }
  return found;
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((column, at) => column === b[at]);

/** Whether the keys mean the same on both sides of every edge: columns of one name and type. */
function hasColumns(spec: TableSpec, edges: readonly KeyedEdge[], { context }: Making): boolean {
  const typesOf = (columns: readonly TypedColumn[]): Map<string, string> =>
    new Map(columns.map(column => [column.name, typeText(column.type)]));
  const own = typesOf(spec.columns);
  const columnsOf = (name: string): Map<string, string> => {
    const asset = must(context.project.graph.assets, name);
    return typesOf(isTable(asset) ? (context.compiled.models.get(name)?.columns ?? declaredTable(asset).columns) : []);
  };
  const areSame = (columns: readonly string[], [a, b]: readonly [Map<string, string>, Map<string, string>]): boolean =>
    columns.every(column => a.has(column) && a.get(column) === b.get(column));
  return edges.every(({ upstream, columns, through }) => {
    const read = columnsOf(upstream);
    if (through === undefined) return areSame(columns, [own, read]);
    const way = columnsOf(through.asset);
    return areSame(columns, [own, way]) && areSame(through.on, [way, read]);
  });
}
