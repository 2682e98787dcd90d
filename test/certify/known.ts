// Where an answer differs and stays so: each with its reason. A difference that is not here fails the certification.

interface Known {
  readonly sql: RegExp;
  /** What the reference says to it; absent: anything. */
  readonly reference?: RegExp;
  readonly why: string;
}

export const KNOWN: readonly Known[] = [
  {
    sql: /\b(?:AND|OR) (?:1 \/ (?:0|\(k - 1\)) > 0|ERROR\('no'\))/,
    why: 'AND and OR: the reference evaluates both sides; GoogleSQL leaves that open, and BigQuery and DuckDB may stop at the first.',
  },
  {
    sql: /GENERATE_(?:DATE_|TIMESTAMP_)?ARRAY\(/,
    reference: /more than 16000 elements/,
    why: 'GENERATE_ARRAY and its kin: the reference makes no more than 16,000 elements; neither BigQuery nor DuckDB stops there.',
  },
  {
    sql: /_TRUNC\([^)]*'0001-01-01[^)]*'America/,
    why: 'Truncating the first hours of year 1 in a zone west of UTC: the reference calls it an underflow, here it is the local hour.',
  },
  {
    sql: /STRUCT\(\)/,
    why: 'A STRUCT without fields.',
  },
];

/** `said`: the reference's error, '' where it answers. */
export const isKnown = (sql: string, said: string): boolean =>
  KNOWN.some(known => known.sql.test(sql) && known.reference?.test(said) !== false);
