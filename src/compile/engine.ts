// The GoogleSQL floor, as the compiler sees it: typing and translating, whoever does it.

import type { Analyzed, CatalogTable, QueryParameter } from '../googlesql/analyzed.ts';

export interface CompileEngine {
  analyze(
    sql: string,
    context: { readonly tables: readonly CatalogTable[]; readonly parameters: readonly QueryParameter[] },
  ): Promise<Analyzed>;
  /** @throws {PulseError} SQL_NOT_TRANSLATED */
  translate(analyzed: Analyzed): string;
  codeHash(analyzed: Analyzed): string;
  /** What the reference implementation says is wrong with the values of these expressions, which read nothing; undefined for nothing. */
  errorOf(expressions: readonly string[]): Promise<string | undefined>;
}
