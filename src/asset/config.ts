// pulse.config.ts as a person writes it. Typed; checked by project.ts, which alone reads the environment.

/** Where one kind of data lives; each of the three switches on its own. */
export interface Target {
  /** Raw events: a MongoDB by URI, or (absent) SQLite below the home directory. */
  readonly mongo?: { readonly uri: string; readonly database?: string };
  /** Warehouse: a BigQuery dataset, or (absent) DuckDB below the home directory. */
  readonly bigquery?: { readonly project: string; readonly dataset: string; readonly location?: string };
  /** State: Postgres by URL, or (absent) SQLite below the home directory. */
  readonly state?: { readonly url: string };
}

export type Var = string | number | boolean | readonly string[];

/** Defaults for command-line options, by their long name in camel case. */
export interface OptionDefaults {
  readonly concurrency?: number;
  readonly failFast?: boolean;
  readonly fullRefresh?: boolean;
  readonly exclude?: readonly string[];
  readonly timings?: boolean;
  readonly graphFormat?: 'text' | 'json' | 'mermaid' | 'dot' | 'svg' | 'html';
  readonly queryFormat?: 'table' | 'json' | 'ndjson' | 'csv';
  /** Milliseconds one query of `pulse query` may take. */
  readonly timeoutMs?: number;
}

export interface Config {
  readonly name?: string;
  /** What templates read as {{var "name"}}. */
  readonly vars?: Readonly<Record<string, Var>>;
  /** Default: data (environment: PULSE_DATA_DIR). */
  readonly dataDir?: string;
  /** Default: .pulse (environment: PULSE_HOME). */
  readonly home?: string;
  /** Named targets; `local` always exists and is the default (environment: PULSE_TARGET). */
  readonly targets?: Readonly<Record<string, Target>>;
  readonly defaultTarget?: string;
  readonly options?: OptionDefaults;
  readonly ingest?: {
    /** Events a batch, at most. Default 50,000. */
    readonly batchSize?: number;
    /** Bytes one event may have, at most. Default 16 MiB (what a MongoDB document holds). */
    readonly maxEventBytes?: number;
  };
}

/** Gives pulse.config.ts its types; returns the value as it is. */
export function defineConfig(config: Config): Config {
  return Object.freeze(config);
}
