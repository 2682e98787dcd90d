// What the analyzer says of a query: its columns, what it reads, and the resolved tree the translator works on.

import { PulseError, type PulseErrorOptions } from '../errors.ts';
import type { TypedColumn } from './type.ts';

/** A table as the analyzer sees it. */
export interface CatalogTable {
  /** One back-quoted path at the top level: `raw_events`. */
  readonly name: string;
  readonly columns: readonly TypedColumn[];
}

/** A named query parameter and its type. */
export interface QueryParameter {
  readonly name: string;
  readonly type: TypedColumn['type'];
}

/** A node of the resolved tree as the protocol's JSON has it (keepCase, enums and longs as strings). */
export type ResolvedNode = { readonly [field: string]: unknown };

export interface Analyzed {
  /** The text that was analyzed. */
  readonly sql: string;
  readonly columns: readonly TypedColumn[];
  /** Names of the catalog's tables that the query reads, sorted. */
  readonly tables: readonly string[];
  readonly statement: ResolvedNode;
}

/** Something wrong in the SQL, as the analyzer words it. Line and column count from 1, in the text that was analyzed. */
export interface SqlFault {
  readonly message: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
}

/** SQL_INVALID with what the analyzer found, or SQL_TOO_NEW; whoever knows the file adds the place. */
export class SqlInvalid extends PulseError {
  readonly fault: SqlFault;

  constructor(fault: SqlFault, { code = 'SQL_INVALID', ...options }: SqlInvalidOptions = {}) {
    super(code, fault.message, options);
    this.fault = fault;
  }
}

interface SqlInvalidOptions extends PulseErrorOptions {
  readonly code?: 'SQL_INVALID' | 'SQL_TOO_NEW';
}

/** SQL_NOT_TRANSLATED: right GoogleSQL that DuckDB can't answer exactly. */
export class SqlNotTranslated extends PulseError {
  readonly fault: SqlFault;

  constructor(fault: SqlFault, options: PulseErrorOptions = {}) {
    super('SQL_NOT_TRANSLATED', fault.message, options);
    this.fault = fault;
  }
}
