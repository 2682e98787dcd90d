// A function of JavaScript that translated SQL calls by name, where the engine has none that answers as GoogleSQL does.
// A type only: the functions stand in runtime.ts, an engine's client registers them.

/**
 * DuckDB's type of an argument or answer, and what stands for it: VARCHAR string, BIGINT bigint, DOUBLE number,
 * BOOLEAN boolean, BLOB bytes, DECIMAL(38,9) bigint of billionths, and lists of these as arrays.
 */
export type ScalarType = 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'BLOB' | 'DECIMAL(38,9)' | `${ListElement}[]`;
type ListElement = 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BLOB';
export type ScalarValue = string | bigint | number | boolean | Uint8Array | null | readonly ScalarValue[];

export interface ScalarFunction {
  readonly name: string;
  readonly parameters: readonly ScalarType[];
  readonly returns: ScalarType;
  /** True: called also where an argument is NULL. Absent: NULL then, without a call. */
  readonly takesNull?: boolean;
  /**
   * Called once a row, in any order, also for values that filters and branches leave out: so it must not throw.
   * Where GoogleSQL fails it answers NULL or a text, which the SQL around it turns into the error.
   */
  readonly call: (...args: ScalarValue[]) => ScalarValue;
}
