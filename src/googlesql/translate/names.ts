// How names and texts are written into DuckDB SQL, and how table aliases are kept apart. Pure but for the counter in Aliases.

/** `order id` -> `"order id"`. */
export const quoteName = (name: string): string => `"${name.replaceAll('\0', '').replaceAll('"', '""')}"`;

/** A text literal that is exactly `text`. DuckDB's parser ends at a NUL, so one is written as chr(0). */
export function quoteText(text: string): string {
  const parts = text.split('\0').map(part => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? parts.join('') : `(${parts.join(' || chr(0) || ')})`;
}

/** DuckDB takes names that differ in case only for one. */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map(name => {
    let unique = name;
    for (let i = 2; taken.has(unique.toLowerCase()); i++) unique = `${name}_${i}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}

/** Gives every table of a statement its own alias, so that no correlated name is ever shadowed. */
export class Aliases {
  readonly #taken = new Set<string>();

  /** Names that an alias must not hide: the tables and CTEs of the statement. */
  constructor(reserved: Iterable<string> = []) {
    for (const name of reserved) this.#taken.add(name.toLowerCase());
  }

  /** `wanted`, or `wanted_2` … where it is taken. */
  next(wanted: string): string {
    let alias = wanted;
    for (let i = 2; this.#taken.has(alias.toLowerCase()); i++) alias = `${wanted}_${i}`;
    this.#taken.add(alias.toLowerCase());
    return alias;
  }
}
