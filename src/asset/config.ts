// pulse.config.ts as a person writes it. Typed; checked by project.ts, which alone reads the environment.

/** Where one kind of data lives; each of the three switches on its own. */
export interface Target {
  /** Raw events: a MongoDB by URI, or (absent) SQLite below the home directory. */
  readonly mongo?: { readonly uri: string; readonly database?: string };
  /** Warehouse: a BigQuery dataset, or (absent) DuckDB below the home directory. */
  readonly bigquery?: {
    readonly project: string;
    readonly dataset: string;
    readonly location?: string;
    /** Another address than Google's: a private endpoint, or an emulator (on loopback it is asked without credentials). */
    readonly apiEndpoint?: string;
    /** Credentials, relative to the project. Absent: Application Default Credentials. */
    readonly keyFile?: string;
    /** Bytes that one query may bill, at most: BigQuery refuses what would bill more. The budget's bytesPerQuery wins. */
    readonly maximumBytesBilled?: number;
    /** US dollars for 2^40 bytes, for quotes and `pulse cost`. Default: 6.25. */
    readonly pricePerTiB?: number;
    /** Of new tables, a Cloud KMS key: projects/P/locations/L/keyRings/R/cryptoKeys/K. */
    readonly kmsKey?: string;
    /** Runs the jobs: projects/P/locations/L/reservations/R. */
    readonly reservation?: string;
    /** Days after which partitions of published tables go. Absent: never. */
    readonly partitionExpirationDays?: number;
    /** Labels of every table and job, beside pulse's own. */
    readonly labels?: Readonly<Record<string, string>>;
  };
  /** State: Postgres by URL, or (absent) SQLite below the home directory. */
  readonly state?: { readonly url: string };
}

export type Var = string | number | boolean | readonly string[];

/** Defaults for command-line options, by their long name in camel case. An option that is typed wins. */
export interface OptionDefaults {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** Colours always, or never; absent: where the output is a terminal. */
  readonly color?: boolean;
  /** JSON of every command that has it, unless a --format or --output is typed. */
  readonly json?: boolean;
  /** Of materialize, as the next four. */
  readonly concurrency?: number;
  readonly failFast?: boolean;
  readonly fullRefresh?: boolean;
  readonly exclude?: readonly string[];
  readonly timings?: boolean;
  /** Of materialize and graph. */
  readonly only?: boolean;
  readonly listOutput?: 'name' | 'path' | 'json';
  /** Keys of the JSON of `pulse list`. */
  readonly outputKeys?: readonly string[];
  readonly graphFormat?: 'text' | 'json' | 'mermaid' | 'dot' | 'svg' | 'html';
  readonly queryFormat?: 'table' | 'json' | 'ndjson' | 'csv';
  /** Milliseconds one query of `pulse query` may take. */
  readonly timeoutMs?: number;
  readonly generate?: GenerateDefaults;
  readonly commands?: CommandDefaults;
}

/** Defaults of what only one command has. What means one call alone (--plan, --yes, days, keys, files) has none. */
export interface CommandDefaults {
  /** `wait: false` ends with exit code 2 where another run is at work. */
  readonly materialize?: { readonly wait?: boolean };
  readonly rewind?: { readonly wait?: boolean };
  readonly redact?: { readonly wait?: boolean; readonly reason?: string };
  readonly status?: { readonly explain?: boolean };
  readonly show?: { readonly sql?: boolean };
  readonly check?: { readonly format?: 'table' | 'json' | 'ndjson' | 'csv' };
  readonly analyze?: { readonly format?: 'table' | 'json' | 'csv'; readonly limit?: number };
  readonly reconcile?: {
    readonly format?: 'table' | 'json' | 'csv';
    readonly limit?: number;
    readonly vendor?: string;
  };
  readonly compile?: { readonly format?: 'text' | 'json' | 'github' | 'sarif'; readonly remote?: boolean };
  readonly test?: { readonly engine?: 'duckdb' | 'reference' | 'both' };
  /** Of chunk: days made in one run, as 7d. */
  readonly backfill?: { readonly chunk?: string; readonly oldestFirst?: boolean };
  readonly cost?: { readonly by?: 'asset' | 'day' | 'run'; readonly days?: number };
  /** Rows that differ, to show of a table. */
  readonly prove?: { readonly rows?: number };
  readonly diff?: { readonly rows?: number };
  readonly runs?: { readonly limit?: number };
  readonly trace?: { readonly limit?: number };
}

/** Defaults of `pulse generate`. */
export interface GenerateDefaults {
  readonly events?: number;
  readonly seed?: number;
  readonly vendors?: readonly ('vendor_a' | 'vendor_b' | 'vendor_c')[];
  /** How many live days, or the first and the last: `2025-01-15..2025-01-31`. */
  readonly days?: number | string;
  /** Folder, relative to pulse.config.ts. */
  readonly out?: string;
}

/** When a measure is out of bounds. A bound that is left out is none. */
export interface Threshold {
  readonly warnAbove?: number;
  readonly failAbove?: number;
  readonly warnBelow?: number;
  readonly failBelow?: number;
}

/** How one check is judged. */
export interface CheckRule {
  /** By measure: a column of sql/checks/NAME.sql; `failed_rows` or `failed_share` of a declared check. */
  readonly thresholds?: Readonly<Record<string, Threshold>>;
  /** What a failed check does: block (pulse check exits 1) or warn. Default: block; of a declared check as declared. */
  readonly severity?: 'block' | 'warn';
  /** Measures that must be this large before any is judged: { received: 20 }. */
  readonly minimum?: Readonly<Record<string, number>>;
}

/** What is told of checks beside where they are written. */
export interface QualityConfig {
  /** By the name of the check: `late_arriving_share`, `fact_orders.notNull(order_total_ngn)`. */
  readonly checks?: Readonly<Record<string, CheckRule>>;
  readonly anomalies?: {
    /** Days that are looked back. Default 56. */
    readonly days?: number;
    /** Days (of the same weekday) that must be known before anything is said. Default 4. */
    readonly minHistory?: number;
    /** Robust deviations (of 1.4826 × MAD) from the median beyond which a value is an anomaly. Default 4. */
    readonly warnAbove?: number;
  };
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
  /** Rules of `pulse compile` (docs/rules/) by code; what is not said is a warning. */
  readonly rules?: Readonly<Record<string, RuleLevel>>;
  /** By name: what a breaking change of a table hits outside of pulse. */
  readonly exposures?: Readonly<Record<string, Exposure>>;
  readonly quality?: QualityConfig;
  /** Bytes that BigQuery may bill. Hard: what would bill more is not run. */
  readonly budget?: Budget;
  readonly history?: {
    /** Days that runs, their logs and ended backfills are kept. Default 30. What is made stays known for ever. */
    readonly days?: number;
    /** Previous versions of a cell that are kept for `pulse rewind`. Default 2; 0 keeps none. */
    readonly versions?: number;
  };
  readonly ingest?: {
    /** Events a batch, at most. Default 50,000. */
    readonly batchSize?: number;
    /** Bytes one event may have, at most. Default 16 MiB (what a MongoDB document holds). */
    readonly maxEventBytes?: number;
  };
}

export interface Budget {
  readonly bytesPerQuery?: number;
  /** Of one command: a run, with its checks. */
  readonly bytesPerRun?: number;
  /** Of a day (UTC), by all that share the state. */
  readonly bytesPerDay?: number;
}

/** What a finding of a rule is. */
export type RuleLevel = 'off' | 'warning' | 'error';

/** Something outside of pulse that reads its tables: a dashboard, an export, another team. */
export interface Exposure {
  readonly description?: string;
  readonly owner?: string;
  readonly url?: string;
  /** Tables, or columns of them: `fact_orders`, `fact_orders.net_amount_ngn`. */
  readonly reads: readonly string[];
}

/** Gives pulse.config.ts its types; returns the value as it is. */
export function defineConfig(config: Config): Config {
  return Object.freeze(config);
}
