// Puts values into the named parameters of a query as checked literals, for both engines. Pure.
// Texts in quotes, quoted names and comments are passed over: what looks like a parameter there is none.

export type ParameterValue =
  | { readonly kind: 'DATE'; readonly value: string }
  | { readonly kind: 'INT64'; readonly value: number }
  | { readonly kind: 'STRING'; readonly value: string };

export type ParameterValues = Readonly<Record<string, ParameterValue>>;

const DUCKDB = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\$([A-Za-z_]\w*)/g;
const GOOGLESQL = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|--[^\n]*|@([A-Za-z_]\w*)/g;

/** DuckDB SQL with its $parameters bound. */
export const bindDuckDb = (sql: string, values: ParameterValues): string =>
  bind(sql, DUCKDB, { values, text: value => `'${value.replaceAll("'", "''")}'` });

/** GoogleSQL with its @parameters bound: to show, or to run as it is. */
export const bindGoogleSql = (sql: string, values: ParameterValues): string =>
  bind(sql, GOOGLESQL, { values, text: value => `'${value.replace(/[\\'\n\r]/g, escaped)}'` });

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r' };
const escaped = (sign: string): string => ESCAPES[sign] ?? sign;

interface Binding {
  readonly values: ParameterValues;
  readonly text: (value: string) => string;
}

function bind(sql: string, pattern: RegExp, { values, text }: Binding): string {
  return sql.replace(pattern, (found: string, name: string | undefined) => {
    if (name === undefined) return found;
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`no value for the parameter ${name}`);
    if (value.kind === 'STRING') return text(value.value);
    if (value.kind === 'INT64') return String(value.value);
    if (!/^\d{4}-\d\d-\d\d$/.test(value.value)) throw new Error(`"${value.value}" is no DATE`);
    return `DATE '${value.value}'`;
  });
}
