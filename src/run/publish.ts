// Write, audit, publish: the one way in which a table changes. Readers never see a partial or failed cell.
// Build aside → content hash → checks on what is about to be published → one transaction with the journal row → state.

import type { Check } from '../asset/check.ts';
import { must, PulseError } from '../errors.ts';
import { effectsOf } from '../plan/effects.ts';
import { ALL } from '../plan/touched.ts';
import type { Cell } from '../state/state-store.ts';
import type { CellContent, CellKey, CheckResult, Publication, Staged, Warehouse } from '../warehouse/warehouse.ts';
import { type Made, type RunContext, UNCHANGED } from './context.ts';

export interface PublishOptions {
  readonly codeVersion: string;
  readonly note: string;
  /** Absent: the staged rows are the whole table. Else the cells that were made anew. */
  readonly cells?: readonly CellKey[];
  /** `append`: the staged rows are added to what is there. */
  readonly mode: 'replace' | 'append';
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
    const before = await context.state.cells(name);
    const content = await context.watch.time('content hash', () => warehouse.contentOf(staged));
    const publication = await publicationOf(context, { staged, content, before, options });
    const isSame = isAsBefore(context, publication, before);
    // Who forces a table to be made wants its checks judged too, even where it comes out the same.
    if (!isSame || context.forced.has(name))
      await audit(context, { warehouse, staged, publication, mode: options.mode });
    context.project.failpoint('after-audit');
    if (isSame) {
      await warehouse.discard(staged);
      await context.state.clearMarks(name, options.cells ?? [ALL]);
      forgetMarks(context, name, options.cells ?? [ALL]);
      return UNCHANGED;
    }
    await context.publishing(() => commit(context, { warehouse, staged, publication, before, mode: options.mode }));
    return {
      status: 'done',
      cells: publication.written.length + publication.removed.length,
      rows: content.reduce((sum, cell) => sum + cell.rows, 0),
    };
  } catch (error) {
    await warehouse.discard(staged);
    throw error;
  }
}

interface Found {
  readonly staged: Staged;
  readonly content: readonly CellContent[];
  readonly before: ReadonlyMap<CellKey, Cell>;
  readonly options: PublishOptions;
}

async function publicationOf(context: RunContext, { staged, content, before, options }: Found): Promise<Publication> {
  const found = new Set(content.map(cell => cell.cell));
  const replaced = options.cells ?? [...before.keys()];
  const isAppend = options.mode === 'append';
  return {
    asset: staged.spec.name,
    runId: context.runId,
    fencingToken: context.fencingToken,
    codeVersion: options.codeVersion,
    note: options.note,
    written: isAppend ? content.map(cell => added(cell, before.get(cell.cell))) : content,
    removed: isAppend ? [] : replaced.filter(cell => before.has(cell) && !found.has(cell)),
    isWhole: options.cells === undefined && !isAppend,
  };
}

/** The content of a cell that rows were added to: named by what it was and what came, in that order. */
function added(cell: CellContent, before: Cell | undefined): CellContent {
  if (before === undefined) return cell;
  return {
    cell: cell.cell,
    rows: before.rows + cell.rows,
    dataVersion: `${before.dataVersion}+${cell.dataVersion}`.slice(-200),
  };
}

function isAsBefore(context: RunContext, publication: Publication, before: ReadonlyMap<CellKey, Cell>): boolean {
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
  readonly mode: 'replace' | 'append';
}

async function audit(context: RunContext, { warehouse, staged, publication, mode }: Audit): Promise<void> {
  const asset = must(context.project.graph.assets, staged.spec.name);
  // A check against a table that is not upstream would judge it in the middle of being made: those come after the run.
  const upstream = new Set(context.project.graph.ancestors(asset.name));
  const checks = checksOf(context, asset.name).filter(
    check => check.kind !== 'refers-to' || upstream.has(check.asset) || check.asset === asset.name,
  );
  const results = await context.watch.time('checks', () =>
    warehouse.audit(staged, checks, { isWhole: publication.isWhole, mode, removed: publication.removed }),
  );
  reportFailed(context, asset.name, results);
  const blocking = results.filter(result => result.failedRows > 0 && result.check.severity === 'block');
  if (blocking.length === 0) return;
  throw new PulseError('CHECK_FAILED', `${asset.name} was not published: ${blocking.map(said).join('; ')}.`, {
    hint: 'What was published before stays. Mend the model or the data, then run it again.',
  });
}

/** The checks of an asset, its expressions translated. */
const checksOf = ({ compiled, project }: RunContext, asset: string): readonly Check[] =>
  compiled.checks.get(asset) ?? must(project.graph.assets, asset).checks;

/** Tells of every check that does not hold. */
export function reportFailed(context: RunContext, asset: string, results: readonly CheckResult[]): void {
  for (const { name, check, failedRows, sample } of results) {
    if (failedRows > 0)
      context.emit({ kind: 'check-failed', asset, name, severity: check.severity, failedRows, sample });
  }
}

const said = (result: CheckResult): string =>
  `${result.name} fails for ${result.failedRows} ${result.failedRows === 1 ? 'row' : 'rows'}`;

/** As the state does it: to clear all is to clear every mark. */
function forgetMarks({ marks }: RunContext, asset: string, cells: readonly CellKey[]): void {
  const cleared = new Set(cells);
  marks.set(asset, cleared.has(ALL) ? [] : (marks.get(asset) ?? []).filter(mark => !cleared.has(mark.cell)));
}

interface Commit {
  readonly warehouse: Warehouse;
  readonly staged: Staged;
  readonly publication: Publication;
  readonly before: ReadonlyMap<CellKey, Cell>;
  readonly mode: 'replace' | 'append';
}

async function commit(context: RunContext, { warehouse, staged, publication, before, mode }: Commit): Promise<void> {
  const row = await context.watch.time('publish', () => warehouse.publish(staged, publication, { mode }));
  context.project.failpoint('after-publish');
  const effects = effectsOf(publication, before, { graph: context.project.graph, built: context.built });
  await context.watch.time('state', () => context.state.apply(row, effects));
  context.project.failpoint('after-apply');
  context.built.set(publication.asset, publication.codeVersion);
  forgetMarks(context, publication.asset, effects.clears);
  for (const mark of effects.marks) context.marks.set(mark.asset, [...(context.marks.get(mark.asset) ?? []), mark]);
}

/** Checks against tables that are not upstream, once both are there: they only warn. */
export function lateChecks(context: RunContext, asset: string): readonly Check[] {
  const { graph } = context.project;
  const upstream = new Set(graph.ancestors(asset));
  return checksOf(context, asset).filter(
    check => check.kind === 'refers-to' && check.asset !== asset && !upstream.has(check.asset),
  );
}
