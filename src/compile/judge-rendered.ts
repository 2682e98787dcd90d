// Rendered SQL before the engine: typed, judged by what BigQuery refuses beside the analyzer, translated. What is wrong is told at its
// place in the template. Of models, queries and no others.

import { PulseError, PulseErrors } from '../errors.ts';
import {
  type Analyzed,
  type CatalogTable,
  type QueryParameter,
  SqlInvalid,
  SqlNotTranslated,
} from '../googlesql/analyzed.ts';
import { tokensOf } from '../googlesql/tokens.ts';
import { isTooDeep, tooDeep } from '../googlesql/too-deep.ts';
import { bigQueryRefusals } from './bigquery-refusals.ts';
import type { CacheEntry } from './cache.ts';
import type { CompileEngine } from './engine.ts';
import { faultOffset } from './fault-offset.ts';
import { locateOffset, offsetOf } from './source-map.ts';
import { suggestion } from './suggestion.ts';
import type { Rendered } from './template.ts';

export interface Analyzing {
  readonly engine: CompileEngine;
  readonly tables: readonly CatalogTable[];
  readonly parameters: readonly QueryParameter[];
}

/** @throws {PulseError} with the place in the template, and what may have been meant. */
export async function analyzeRendered(rendered: Rendered, context: Analyzing): Promise<Analyzed> {
  try {
    return await context.engine.analyze(rendered.sql, context);
  } catch (error) {
    throw placed(error, rendered, context.tables);
  }
}

/** @throws {PulseError} what BigQuery refuses of a query that the analyzer takes. */
export function checkBigQuery(analyzed: Analyzed, rendered: Rendered): void {
  const refused = bigQueryRefusals(analyzed, rendered);
  const [first] = refused;
  if (first === undefined) return;
  throw refused.length === 1 ? first : new PulseErrors(`BigQuery refuses ${refused.length} things here.`, refused);
}

/** The same error at its place in the template, with what may have been meant; of a query that is too deep an error. */
export function placed(thrown: unknown, rendered: Rendered, tables: readonly CatalogTable[] = []): unknown {
  const error = isTooDeep(thrown) ? tooDeep(rendered.sql, thrown) : thrown;
  if (!(error instanceof PulseError)) return error;
  const { line, column } = error instanceof SqlInvalid || error instanceof SqlNotTranslated ? error.fault : {};
  const located =
    line === undefined
      ? undefined
      : locateOffset(
          rendered.map,
          faultOffset(error.message, rendered.map.text, offsetOf(rendered.map.text, line, column ?? 1)),
        );
  const included = located?.includedAt;
  const hints = [
    error.hint ?? suggestion(error.message, tables, rendered.sql),
    error instanceof SqlInvalid ? swallowed(rendered) : undefined,
    included && `It is included at ${included.file}:${included.line}:${included.column}.`,
  ].filter(hint => hint !== undefined);
  return new PulseError(error.code, error.message, {
    transient: error.transient,
    cause: error,
    ...(hints.length === 0 ? {} : { hint: hints.join(' ') }),
    place: located?.place ?? {
      file: rendered.map.stretches[0]?.file ?? '',
      // Of nothing at all the analyzer names no place.
      ...(rendered.sql.trim() === '' ? { line: 1, column: 1 } : {}),
    },
  });
}

/** Where a partial ends in a comment of one line, which takes in what stands behind the partial. */
function swallowed({ map }: Rendered): string | undefined {
  const { text, stretches } = map;
  if (new Set(stretches.map(({ file }) => file)).size < 2) return undefined;
  for (const comment of tokensOf(text).filter(({ kind, text: said }) => kind === 'comment' && !said.startsWith('/*'))) {
    const opened = stretches.findLast(({ offset }) => offset <= comment.start);
    const next = stretches.find(
      ({ offset, file }) => offset > comment.start && offset < comment.end && file !== opened?.file,
    );
    if (opened === undefined || next === undefined || opened.file === stretches[0]?.file) continue;
    const lost = text.slice(next.offset, comment.end).trim();
    if (lost !== '')
      return `A comment at the end of ${opened.file} takes in what follows it: "${lost}". Write it as /* … */.`;
  }
  return undefined;
}

/** DuckDB's SQL, or why there is none and where in the template that stands. */
export function translateRendered(
  engine: CompileEngine,
  analyzed: Analyzed,
  rendered: Rendered,
): { readonly kind: 'translated'; readonly sql: string } | Extract<CacheEntry['duckdb'], { kind: 'refused' }> {
  try {
    return { kind: 'translated', sql: engine.translate(analyzed) };
  } catch (error) {
    const refused = placed(error, rendered);
    if (!(refused instanceof PulseError) || refused.code !== 'SQL_NOT_TRANSLATED') throw error;
    const { message, hint, place } = refused;
    return { kind: 'refused', message, hint: hint ?? null, place: place ?? null };
  }
}
