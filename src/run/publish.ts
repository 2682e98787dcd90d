// Write, audit, publish: the one way in which a table changes. Readers never see a partial or failed cell.
// Build aside → content hash → checks on what is about to be published → one transaction with the journal row → state.

import type { Check } from '../asset/check.ts';
import { ALL_CELLS } from '../asset/partition.ts';
import { must, PulseError } from '../errors.ts';
import { effectsOf, keyedReaders } from '../plan/effects.ts';
import type { Project } from '../project.ts';
import type { Cell } from '../state/state-store.ts';
import { addedContent, algorithmOf, changedContent, rowsChanged } from '../warehouse/content.ts';
import {
  type CellContent,
  type CellKey,
  CHECKED_TABLE,
  type CheckResult,
  type Position,
  type Publication,
  type PublishMode,
  type Staged,
  type Warehouse,
} from '../warehouse/warehouse.ts';
import { type Made, type RunContext, UNCHANGED } from './context.ts';

export interface PublishOptions {
  readonly codeVersion: string;
  readonly note: string;
  /** How the staged rows go in; `replace` is of the whole table. */
  readonly mode: PublishMode;
  /** The marks of the asset that are settled with it. Absent: all. */
  readonly settles?: readonly string[];
  /** How far the upstream tables were read for it; absent: that stays as it was. */
  readonly position?: Position;
  /** Columns in which no staged row is as a published one: where they come from says so. */
  readonly newBy?: readonly string[];
  /** Its checks were judged when it was published before. Absent: they are now. */
  readonly isJudged?: boolean;
  /** Called last before it is published: throws where what it was made from is not so any more. */
  readonly recheck?: () => Promise<void>;
}

/** Previous versions of a cell that are kept where the config does not say. */
const VERSIONS = 2;

/** Previous versions of each cell of a table that are kept: none of what is copied out of the raw store, where it is still. */
export function versionsKept({ config, graph }: Project, name: string): number {
  return must(graph.assets, name).kind === 'extract' ? 0 : (config.history?.versions ?? VERSIONS);
}

/**
 * Publishes a staged table, or discards it where nothing came out different.
 *
 * @throws {PulseError} CHECK_FAILED where a blocking check does not hold; what was published stays as it was.
 */
export async function publishStaged(context: RunContext, staged: Staged, options: PublishOptions): Promise<Made> {
  const warehouse = await context.warehouse();
  try {
    const name = staged.spec.name;
    context.project.failpoint('after-stage');
    const known = await context.state.cells(name);
    const outcome = await outcomeOf(context, { warehouse, staged, known, options });
    const { publication, before } = outcome;
    const isSame = isAsBefore(context, publication, before);
    // Who forces a table to be made wants its checks judged too, even where it comes out the same.
    if (options.isJudged !== true && (!isSame || context.forced.has(name)))
      await audit(context, { warehouse, staged, publication, options });
    context.project.failpoint('after-audit');
    if (isSame) {
      await warehouse.discard(staged);
      return await nothingChanged(context, name, { settles: publication.settles, ...positionOf(options) });
    }
    await context.publishing(() => commit(context, { warehouse, staged, publication, before, options }));
    return { status: 'done', cells: outcome.cells, rows: outcome.rows };
  } catch (error) {
    if (isRefused(error)) await keepAside(context, { warehouse, staged });
    else await warehouse.discard(staged);
    throw error;
  }
}

/** That it could not be kept is no reason to say less of why it was refused. */
async function keepAside(
  { emit }: RunContext,
  { warehouse, staged }: { readonly warehouse: Warehouse; readonly staged: Staged },
): Promise<void> {
  try {
    await warehouse.setAside(staged);
  } catch (error) {
    if (!(error instanceof PulseError)) throw error;
    const text = `What was refused of ${staged.spec.name} could not be kept for a look: ${error.message}`;
    emit({ kind: 'notice', level: 'warn', text });
  }
}

/** Whether its checks refused it: then it is kept aside, for who wants to see why. */
const isRefused = (error: unknown): boolean => error instanceof PulseError && error.code === 'CHECK_FAILED';

/** Takes the marks away of what came out as it was, and remembers that it was made from what there is now. */
export async function nothingChanged(
  context: RunContext,
  name: string,
  { settles, position }: { readonly settles: readonly string[]; readonly position?: Position },
): Promise<Made> {
  const warehouse = await context.warehouse();
  if (position !== undefined) await warehouse.changes.confirm(name, position);
  await context.state.clearMarks(name, settles);
  forgetMarks(context, name, settles);
  return UNCHANGED;
}

const positionOf = ({ position }: PublishOptions): { readonly position?: Position } =>
  position === undefined ? {} : { position };

interface Found {
  readonly warehouse: Warehouse;
  readonly staged: Staged;
  /** The cells as the state knows them. */
  readonly known: ReadonlyMap<CellKey, Cell>;
  readonly options: PublishOptions;
}

/** What publishing comes to. */
interface Outcome {
  readonly publication: Publication;
  /** The cells as they are published, by today's algorithm. */
  readonly before: ReadonlyMap<CellKey, CellContent>;
  /** Cells that were made, and rows: all of a whole table, else those that came or went. */
  readonly cells: number;
  readonly rows: number;
}

function outcomeOf(context: RunContext, found: Found): Promise<Outcome> {
  const { mode } = found.options;
  if (mode === 'regions') return regionsOutcome(context, found);
  return mode === 'append' ? appendOutcome(context, found) : wholeOutcome(context, found);
}

/** What every publication says. */
const said = (context: RunContext, { staged, options }: Found) => ({
  asset: staged.spec.name,
  runId: context.runId,
  fencingToken: context.fencingToken,
  codeVersion: options.codeVersion,
  note: options.note,
  settles: options.settles ?? [ALL_CELLS],
});

const sumOfRows = (content: readonly CellContent[]): number => content.reduce((sum, cell) => sum + cell.rows, 0);

async function wholeOutcome(context: RunContext, found: Found): Promise<Outcome> {
  const { warehouse, staged } = found;
  const written = await context.watch.time('content hash', () => warehouse.contentOf(staged));
  const before = await publishedContent(context, found, written[0]?.dataVersion);
  const isThere = new Set(written.map(cell => cell.cell));
  const removed = [...before.keys()].filter(cell => !isThere.has(cell));
  const isLogged = await isFollowed(context, found, { written, removed, before });
  return {
    publication: { ...said(context, found), written, removed, isWhole: true, isLogged },
    before,
    cells: written.length + removed.length,
    rows: sumOfRows(written),
  };
}

/** So many rows are compared in a blink, whatever comes of it. */
const COMPARED_ROWS = 50_000;

interface Difference {
  readonly written: readonly CellContent[];
  readonly removed: readonly CellKey[];
  readonly before: ReadonlyMap<CellKey, CellContent>;
}

/** Whether the rows that a table, made whole, differs in are few enough to be followed, by readers by key. */
async function isFollowed(
  context: RunContext,
  found: Found,
  { written, removed, before }: Difference,
): Promise<boolean> {
  const { staged, warehouse } = found;
  const { name } = staged.spec;
  if (!context.built.has(name) || keyedReaders(context.project.graph, name).length === 0) return false;
  const differs = written.filter(cell => before.get(cell.cell)?.dataVersion !== cell.dataVersion);
  const cells = [...differs.map(cell => cell.cell), ...removed];
  const limit = context.deltas.limit(sumOfRows(written));
  const rows = sumOfRows(differs) + cells.reduce((sum, cell) => sum + (before.get(cell)?.rows ?? 0), 0);
  if (limit === 0 || rows > Math.max(COMPARED_ROWS, 2 * limit)) return false;
  const changes = await context.watch.time('compare', () => warehouse.changes.compare(staged, { cells }));
  return changes !== undefined && changes.reduce((sum, change) => sum + rowsChanged(change), 0) <= 2 * limit;
}

async function appendOutcome(context: RunContext, found: Found): Promise<Outcome> {
  const { warehouse, staged } = found;
  const { name } = staged.spec;
  const added = await context.watch.time('content hash', () => warehouse.contentOf(staged));
  const before = await publishedContent(context, found, added[0]?.dataVersion);
  const grown = added.map(cell => addedContent(before.get(cell.cell), cell));
  const isRead = keyedReaders(context.project.graph, name).length > 0;
  const isLogged = isRead && context.built.has(name) && staged.rows <= context.deltas.limit(rowsOf(before));
  return {
    publication: {
      ...said(context, found),
      written: withRehashed(grown, found, before),
      removed: [],
      isWhole: false,
      isLogged,
    },
    before,
    cells: added.length,
    rows: staged.rows,
  };
}

const rowsOf = (content: ReadonlyMap<CellKey, CellContent>): number => sumOfRows([...content.values()]);

async function regionsOutcome(context: RunContext, found: Found): Promise<Outcome> {
  const { warehouse, staged } = found;
  const { name } = staged.spec;
  const changes = await context.watch.time('compare', () => warehouse.changes.compare(staged));
  if (changes === undefined) throw otherColumns(name);
  const before = await publishedContent(context, found, changes[0]?.added);
  const after = changes.map(change => ({ change, content: changedContent(before.get(change.cell), change) }));
  const rows = changes.reduce((sum, change) => sum + rowsChanged(change), 0);
  const isRead = keyedReaders(context.project.graph, name).length > 0;
  const publication = {
    ...said(context, found),
    written: withRehashed(
      after.flatMap(({ content }) => (content === undefined ? [] : [content])),
      found,
      before,
    ),
    removed: after.filter(({ content }) => content === undefined).map(({ change }) => change.cell),
    isWhole: false,
    isLogged: isRead && context.built.has(name) && rows <= 2 * context.deltas.limit(rowsOf(before)),
  };
  return { publication, before, cells: changes.length, rows };
}

const otherColumns = (name: string): PulseError =>
  new PulseError(
    'WAREHOUSE_QUERY_FAILED',
    `The columns of "${name}" have changed, and only some of its cells were made.`,
    {
      hint: `Make all of it: pulse materialize ${name} --full-refresh`,
    },
  );

/** The published cells; hashed anew where another engine or version of it hashed them: that is no news. `sample` is a version of today. */
async function publishedContent(
  context: RunContext,
  { warehouse, staged, known, options }: Found,
  sample: string | undefined,
): Promise<ReadonlyMap<CellKey, CellContent>> {
  const isOfToday = [...known.values()].every(
    cell => sample === undefined || algorithmOf(cell.dataVersion) === algorithmOf(sample),
  );
  const build = context.snapshot.builds.get(staged.spec.name);
  if (isOfToday || (options.mode === 'replace' && build?.codeVersion !== options.codeVersion)) return known;
  const content = await context.watch.time('content hash', () => warehouse.changes.contentOfPublished(staged.spec));
  return new Map(content.map(cell => [cell.cell, cell]));
}

/** With the cells that were hashed anew beside those that changed, so that it is done once. */
function withRehashed(
  written: readonly CellContent[],
  { known }: Found,
  before: ReadonlyMap<CellKey, CellContent>,
): readonly CellContent[] {
  if (before === known) return written;
  const all = new Map(before);
  for (const cell of written) all.set(cell.cell, cell);
  return [...all.values()];
}

/** Whether the publication says nothing that is not so already. */
function isAsBefore(context: RunContext, publication: Publication, before: ReadonlyMap<CellKey, CellContent>): boolean {
  const build = context.snapshot.builds.get(publication.asset);
  if (build === undefined || build.codeVersion !== publication.codeVersion || build.note !== publication.note)
    return false;
  return (
    publication.removed.length === 0 &&
    publication.written.every(cell => before.get(cell.cell)?.dataVersion === cell.dataVersion)
  );
}

interface Audit {
  readonly warehouse: Warehouse;
  readonly staged: Staged;
  readonly publication: Publication;
  readonly options: PublishOptions;
}

async function audit(context: RunContext, { warehouse, staged, publication, options }: Audit): Promise<void> {
  const asset = must(context.project.graph.assets, staged.spec.name);
  // A check against a table that is not upstream would judge it in the middle of being made: those come after the run.
  const upstream = new Set(context.project.graph.ancestors(asset.name));
  const checks = checksOf(context, asset.name, warehouse.engine).filter(
    check => check.kind !== 'refers-to' || upstream.has(check.asset) || check.asset === asset.name,
  );
  const { mode, newBy = [] } = options;
  const results = await context.watch.time('checks', () =>
    warehouse.audit(staged, checks, { isWhole: publication.isWhole, mode, newBy, removed: publication.removed }),
  );
  reportFailed(context, asset.name, results);
  const blocking = results.filter(result => result.failedRows > 0 && result.check.severity === 'block');
  if (blocking.length === 0) return;
  throw new PulseError('CHECK_FAILED', `${asset.name} was not published: ${blocking.map(failure).join('; ')}.`, {
    hint: `What was published before stays. \`pulse show ${asset.name} --failed\` shows what was refused; mend the model or the data, then run it again.`,
  });
}

/** The checks of an asset, its expressions as the engine runs them. */
export function checksOf(
  { compiled, project }: Pick<RunContext, 'compiled' | 'project'>,
  asset: string,
  engine: Warehouse['engine'],
): readonly Check[] {
  const { checks } = must(project.graph.assets, asset);
  return engine === 'bigquery' ? checks.map(inGoogleSql) : (compiled.checks.get(asset) ?? checks);
}

const inGoogleSql = (check: Check): Check =>
  check.kind === 'expression'
    ? { ...check, sql: `SELECT * FROM \`${CHECKED_TABLE}\` WHERE NOT (${check.sql})` }
    : check;

/** Tells of every check that does not hold. */
export function reportFailed(context: RunContext, asset: string, results: readonly CheckResult[]): void {
  for (const { name, check, failedRows, sample } of results) {
    if (failedRows > 0)
      context.emit({ kind: 'check-failed', asset, name, severity: check.severity, failedRows, sample });
  }
}

const failure = (result: CheckResult): string =>
  `${result.name} fails for ${result.failedRows} ${result.failedRows === 1 ? 'row' : 'rows'}`;

/** As the state does it: to clear all is to clear every mark. */
function forgetMarks({ marks }: RunContext, asset: string, cells: readonly CellKey[]): void {
  const cleared = new Set(cells);
  marks.set(asset, cleared.has(ALL_CELLS) ? [] : (marks.get(asset) ?? []).filter(mark => !cleared.has(mark.cell)));
}

interface Commit {
  readonly warehouse: Warehouse;
  readonly staged: Staged;
  readonly publication: Publication;
  readonly before: ReadonlyMap<CellKey, CellContent>;
  readonly options: PublishOptions;
}

async function commit(context: RunContext, { warehouse, staged, publication, before, options }: Commit): Promise<void> {
  const versions = versionsKept(context.project, publication.asset);
  const how = { mode: options.mode, ...positionOf(options), ...(versions > 0 && { versions }) };
  if (context.unapplied.error !== undefined) throw context.unapplied.error;
  await options.recheck?.();
  const row = await context.watch.time('publish', () => warehouse.publish(staged, publication, how));
  const effects = effectsOf(publication, before, {
    graph: context.project.graph,
    built: context.built,
    builds: context.snapshot.builds,
  });
  try {
    context.project.failpoint('after-publish');
    await context.watch.time('state', () => context.state.apply(row, effects));
  } catch (error) {
    // The state takes rows over in their order: no later one may come before this one, which the next start takes over.
    context.unapplied.error = error instanceof Error ? error : new Error(String(error));
    throw error;
  }
  context.project.failpoint('after-apply');
  context.built.set(publication.asset, publication.codeVersion);
  forgetMarks(context, publication.asset, effects.clears);
  for (const mark of effects.marks) context.marks.set(mark.asset, [...(context.marks.get(mark.asset) ?? []), mark]);
}

/** Checks against tables that are not upstream, once both are there: they only warn. */
export function lateChecks({ project: { graph } }: RunContext, asset: string): readonly Check[] {
  const upstream = new Set(graph.ancestors(asset));
  return must(graph.assets, asset).checks.filter(
    check => check.kind === 'refers-to' && check.asset !== asset && !upstream.has(check.asset),
  );
}
