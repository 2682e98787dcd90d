// What must hold of a table's rows. Values only; the warehouse floor writes them as SQL.

import { PulseError } from '../errors.ts';

/** A blocking check keeps bad cells from being published; a warning one is only reported. */
interface CheckCommon {
  readonly severity: 'block' | 'warn';
}

export type Check = CheckCommon &
  (
    | { readonly kind: 'unique'; readonly columns: readonly string[] }
    | { readonly kind: 'not-null'; readonly column: string }
    | { readonly kind: 'accepted-values'; readonly column: string; readonly values: readonly string[] }
    | { readonly kind: 'refers-to'; readonly column: string; readonly asset: string; readonly key: string }
    | { readonly kind: 'expression'; readonly name: string; readonly sql: string }
    | { readonly kind: 'range'; readonly column: string; readonly min?: Bound; readonly max?: Bound }
    | {
        readonly kind: 'row-count';
        readonly min?: number;
        readonly max?: number;
        /** What must hold that many rows: the table, or each of its cells that has any. */
        readonly of: 'table' | 'partition';
      }
    | { readonly kind: 'freshness'; readonly column: string; readonly within: string }
  );

/** A bound of a range: a number, or the text of a NUMERIC, DATE or TIMESTAMP. */
type Bound = number | string;

interface CheckOptions {
  readonly severity?: 'block' | 'warn';
}

/** @param known what the options of this check may say beside their severity. */
function severityOf(options: CheckOptions | undefined, known: readonly string[] = []): CheckCommon {
  if (options !== undefined && typeof options !== 'object') {
    throw new PulseError('ASSET_INVALID', `A check is given "${String(options)}" where options belong.`, {
      hint: "Several columns are written as a list: unique(['order_id', 'line']).",
    });
  }
  const words = ['severity', ...known];
  const odd = Object.keys(options ?? {}).find(key => !words.includes(key));
  if (odd !== undefined) {
    throw new PulseError('ASSET_INVALID', `A check is given "${odd}", which is no option of it.`, {
      hint: `Its options are { ${words.join(', ')} }.`,
    });
  }
  return { severity: options?.severity ?? 'block' };
}

/** No two rows share `column` (or the columns of the array); rows where one is NULL are left out, as dbt does. */
export const unique = (column: string | readonly string[], options?: CheckOptions): Check => ({
  kind: 'unique',
  columns: typeof column === 'string' ? [column] : column,
  ...severityOf(options),
});
export const notNull = (column: string, options?: CheckOptions): Check => ({
  kind: 'not-null',
  column,
  ...severityOf(options),
});
/** NULL is accepted; add notNull where it must not be. */
export const acceptedValues = (column: string, values: readonly string[], options?: CheckOptions): Check => ({
  kind: 'accepted-values',
  column,
  values,
  ...severityOf(options),
});
/** Each non-null `column` is a `key` (the same name by default) of `asset`. */
export function refersTo(column: string, asset: string, options?: CheckOptions & { readonly key?: string }): Check {
  // The types refuse it too, but nothing is type-checked before it is compiled.
  if (typeof options === 'string') {
    throw new PulseError('ASSET_INVALID', `refersTo is given "${options}" where options belong.`, {
      hint: `Write refersTo('${column}', '${asset}', { key: '${options}' }).`,
    });
  }
  return { kind: 'refers-to', column, asset, key: options?.key ?? column, ...severityOf(options, ['key']) };
}
/** `sql` is a boolean GoogleSQL expression over the row's columns that must not be FALSE. */
export const expression = (name: string, sql: string, options?: CheckOptions): Check => ({
  kind: 'expression',
  name,
  sql,
  ...severityOf(options),
});
/** Each non-null `column` is from `min` to `max`, both included. */
export const range = (
  column: string,
  bounds: { readonly min?: Bound; readonly max?: Bound },
  options?: CheckOptions,
): Check => ({ kind: 'range', column, ...bounds, ...severityOf(options) });
/** How many rows the table (or, `of: 'partition'`, each of its cells) has, from `min` to `max`, both included. */
export const rowCount = (
  bounds: { readonly min?: number; readonly max?: number; readonly of?: 'table' | 'partition' },
  options?: CheckOptions,
): Check => ({ kind: 'row-count', of: 'table', ...bounds, ...severityOf(options) });
/**
 * The newest `column` (a TIMESTAMP or DATE) is at most `within` old: 30m, 36h, 2d. Judged by `pulse check` alone: what is published
 * late is late already, and keeping it back would make it later.
 */
export const freshness = (column: string, age: { readonly within: string }, options?: CheckOptions): Check => ({
  kind: 'freshness',
  column,
  ...age,
  ...severityOf(options),
});

/** The columns that a check names. An expression names its own in SQL. */
export function checkedColumns(check: Check): readonly string[] {
  if (check.kind === 'unique') return check.columns;
  return check.kind === 'expression' || check.kind === 'row-count' ? [] : [check.column];
}
