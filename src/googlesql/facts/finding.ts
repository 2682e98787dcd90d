// What a rule finds in a query, at its place. A type and no code.

export type SqlRule =
  | 'unused-cte'
  | 'comma-join'
  | 'null-comparison'
  | 'nondeterministic'
  | 'row-number-ties'
  | 'lossy-cast';

export interface SqlFinding {
  readonly rule: SqlRule;
  readonly message: string;
  readonly hint: string;
  /** UTF-16 units in the analyzed text. */
  readonly start: number;
}
