// How names and texts are written into BigQuery SQL. The only place that quotes; everything else calls these two.

/** `fact_orders` -> `` `fact_orders` ``: one name, never a path. */
export function quoteName(name: string): string {
  if (name === '' || /[\0.]/.test(name)) throw new Error(`not a name: ${JSON.stringify(name)}`);
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** A text literal that is exactly `text`. JSON's escapes are among BigQuery's. */
export function quoteText(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
