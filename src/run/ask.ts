// Queries with parameters against the warehouse: compiled, bound, run. Reads only, and says nothing to anybody.

import type { AskedQuery, QuerySource } from '../compile/asked-query.ts';
import { bindDuckDb, bindGoogleSql, type ParameterValues } from '../compile/bind-parameters.ts';
import { must, PulseError, PulseErrors } from '../errors.ts';
import type { TypedColumn } from '../googlesql/type.ts';
import type { ResultSet, Value } from '../googlesql/value.ts';
import type { Project } from '../project.ts';
import { FIRST_DAY } from '../quality/day.ts';
import { DUCKDB, GOOGLESQL, type Spelling } from '../quality/spelling.ts';

export interface Asking {
  /** Compiles queries. @throws {PulseError} what is wrong with them, all of it. */
  compile(sources: readonly QuerySource[]): Promise<ReadonlyMap<string, AskedQuery>>;
  /** @throws {PulseError} WAREHOUSE_TABLE_MISSING, SQL_NOT_TRANSLATED, WAREHOUSE_QUERY_FAILED */
  ask(query: AskedQuery, values: ParameterValues): Promise<ResultSet>;
  /** The first of the tables it reads that was never made. */
  missingTable(query: Pick<AskedQuery, 'reads'>): Promise<string | undefined>;
}

export async function openAsking(project: Project): Promise<Asking> {
  const warehouse = await project.warehouse({ readOnly: true });
  const known = new Map<string, Promise<boolean>>();
  const hasTable = (name: string): Promise<boolean> => {
    const asked = known.get(name) ?? warehouse.hasTable(name);
    known.set(name, asked);
    return asked;
  };
  const missingTable = async ({ reads }: Pick<AskedQuery, 'reads'>): Promise<string | undefined> => {
    for (const name of reads) if (!(await hasTable(name))) return name;
    return undefined;
  };
  return {
    missingTable,
    async compile(sources) {
      const { queries, errors } = await project.compileAsked(sources);
      const [first] = errors.values();
      if (first === undefined) return queries;
      throw errors.size === 1 ? first : new PulseErrors(`${errors.size} queries are wrong.`, [...errors.values()]);
    },
    async ask(query, values) {
      const missing = await missingTable(query);
      if (missing !== undefined) {
        throw new PulseError('WAREHOUSE_TABLE_MISSING', `${missing} was never made.`, {
          hint: `Run \`pulse materialize ${missing}\`.`,
        });
      }
      if (query.duckdb.kind === 'refused') throw query.duckdb.error;
      const sql =
        warehouse.engine === 'duckdb' ? bindDuckDb(query.duckdb.sql, values) : bindGoogleSql(query.sql, values);
      return warehouse.query(sql, query.columns);
    },
  };
}

export const span = (from: string, to: string): ParameterValues => ({
  from: { kind: 'DATE', value: from },
  to: { kind: 'DATE', value: to },
});

/** A query that pulse writes itself, in both engines: nothing has to be typed or translated. */
export function ownQuery(
  name: string,
  query: {
    readonly columns: readonly TypedColumn[];
    readonly reads: readonly string[];
    write(spelling: Spelling): string;
  },
): AskedQuery {
  const { columns, reads } = query;
  return { name, file: name, sql: query.write(GOOGLESQL), columns, reads, duckdb: spelled(() => query.write(DUCKDB)) };
}

function spelled(write: () => string): AskedQuery['duckdb'] {
  try {
    return { kind: 'translated', sql: write() };
  } catch (error) {
    if (error instanceof PulseError) return { kind: 'refused', error };
    throw error;
  }
}

/** Rows by name of the column. */
export const rowsOf = ({ columns, rows }: ResultSet): readonly Readonly<Record<string, Value>>[] =>
  rows.map(row => Object.fromEntries(columns.map((column, at) => [column.name, row[at] ?? null])));

/** The files of a folder of sql/ as queries; each is called FOLDER.FILE without `.sql`. */
export async function sqlFiles(project: Project, folder: SqlFolder): Promise<readonly QuerySource[]> {
  const { querySource } = await import('../compile/asked-query.ts');
  return (await project.queryFiles(folder)).map(querySource);
}

/**
 * Asks a query that the project keeps for a command of pulse: FOLDER.FILE.
 *
 * @throws {PulseError} USAGE where it keeps none: a project of `pulse init` has no sql/.
 */
export async function askFile(
  project: Project,
  asking: Asking,
  { name, values }: { readonly name: `${SqlFolder}.${string}`; readonly values: ParameterValues },
): Promise<ResultSet> {
  const [folder, file] = name.split('.') as [SqlFolder, string];
  const source = (await sqlFiles(project, folder)).find(one => one.name === name);
  if (source === undefined) {
    throw new PulseError('USAGE', `There is no sql/${folder}/${file}.sql, which this command asks.`, {
      hint: `Only a project that has it can be asked: write it for your own tables, as the sample project of pulse does, or ask by \`pulse query\` and \`pulse check\`.`,
    });
  }
  return asking.ask(must(await asking.compile([source]), name), values);
}

/** The folders of sql/ that hold queries. */
export type SqlFolder = 'checks' | 'analytics' | 'report' | 'reconcile' | 'trace';

/** The day that reports and daily checks are of when none is named (sql/report/day.sql); undefined where nothing says it. */
export async function defaultDay(project: Project, asking: Asking): Promise<string | undefined> {
  const source = (await sqlFiles(project, 'report')).find(file => file.name === 'report.day');
  if (source === undefined) return undefined;
  const query = must(await asking.compile([source]), source.name);
  if ((await asking.missingTable(query)) !== undefined) return undefined;
  const [[day] = []] = (await asking.ask(query, span(FIRST_DAY, project.now().toISOString().slice(0, 10)))).rows;
  return typeof day === 'string' ? day : undefined;
}
