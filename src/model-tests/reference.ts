// Runs a test on Google's reference implementation: each step evaluates the whole models over all that was given so far.
// Knows nothing of cells: it says what the table is to be, not how one gets there.

import type { TableAsset } from '../asset/asset.ts';
import { type CompileResult, declaredTable } from '../compile/compile.ts';
import { must, PulseError } from '../errors.ts';
import type { Analyzer } from '../googlesql/analyzer.ts';
import type { ResultSet, Value } from '../googlesql/value.ts';
import type { AssetGraph } from '../graph/graph.ts';
import type { ModelTest, Step } from './case.ts';
import type { StepOutcome } from './embedded.ts';
import type { TestTables } from './tables.ts';

export interface ReferenceTest {
  readonly test: ModelTest;
  readonly tables: TestTables;
  readonly compiled: CompileResult;
  readonly graph: AssetGraph;
}

/** @throws {PulseError} ANALYZER_MISSING and whatever else is no verdict on the model. */
export async function runReference(analyzer: Analyzer, reference: ReferenceTest): Promise<readonly StepOutcome[]> {
  const { test, tables } = reference;
  const held = new Map<string, readonly (readonly Value[])[]>(tables.given.map(name => [name, []]));
  const outcomes: StepOutcome[] = [];
  for (const step of test.steps) {
    receive(held, step);
    outcomes.push(await evaluate(analyzer, held, reference));
  }
  return outcomes;
}

function receive(held: Map<string, readonly (readonly Value[])[]>, { given }: Step): void {
  for (const [name, { rows, isWhole }] of given) held.set(name, isWhole ? rows : [...(held.get(name) ?? []), ...rows]);
}

async function evaluate(
  analyzer: Analyzer,
  held: ReadonlyMap<string, readonly (readonly Value[])[]>,
  { test, tables, compiled, graph }: ReferenceTest,
): Promise<StepOutcome> {
  const results = new Map<string, ResultSet>();
  for (const name of tables.given) {
    const columns = compiled.models.get(name)?.columns ?? declaredTable(must(graph.assets, name) as TableAsset).columns;
    results.set(name, { columns, rows: held.get(name) ?? [] });
  }
  try {
    for (const name of tables.made) {
      const inputs = graph.upstream(name).filter(input => results.has(input));
      const { sql, columns } = must(compiled.models, name);
      const { rows } = await analyzer.evaluate(sql, {
        tables: inputs.map(input => ({ name: input, ...must(results, input) })),
      });
      results.set(name, { columns, rows });
    }
  } catch (error) {
    if (!(error instanceof PulseError) || !VERDICTS.has(error.code) || isUnanswered(error)) throw error;
    return { kind: 'error', error };
  }
  return { kind: 'table', table: must(results, test.asset) };
}

/** What the reference implementation has no answer to: it is of 2023, and never had some functions. */
export const isUnanswered = ({ code, message }: PulseError): boolean =>
  code === 'SQL_TOO_NEW' || (code === 'SQL_INVALID' && message.startsWith('Unsupported built-in function'));

/** What says that the model fails on these rows. */
const VERDICTS: ReadonlySet<string> = new Set(['WAREHOUSE_QUERY_FAILED', 'SQL_INVALID']);
