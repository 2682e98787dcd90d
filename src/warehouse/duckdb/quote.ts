// How names and texts are written into DuckDB SQL. The only place that quotes; everything else calls these two.

/** `fact_orders` -> `"fact_orders"`. Every character but NUL may stand in a name. */
export function quoteName(name: string): string {
  if (name === '' || name.includes('\0')) throw new Error(`not a name: ${JSON.stringify(name)}`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** The database in memory beside the file: what is built aside of a few rows needs no disk. */
export const MEMORY = '_pulse_memory';
/** Tables of this beginning are in it. */
export const ASIDE = '_pulse_aside/';

/** A table wherever it is. */
export const quoteTable = (name: string): string =>
  name.startsWith(ASIDE) ? `${MEMORY}.main.${quoteName(name)}` : quoteName(name);

/** A text literal that is exactly `text`. DuckDB's parser ends at a NUL, so one is written as chr(0). */
export function quoteText(text: string): string {
  const parts = text.split('\0').map(part => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? parts.join('') : `(${parts.join(' || chr(0) || ')})`;
}
