// The commands by name, in the order of the help. Their files are loaded only when they are asked for.

import type { Command } from './command.ts';

export interface ListedCommand {
  /** The name and positionals, as yargs reads them. */
  readonly usage: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly ListedCommand[] = [
  {
    usage: 'materialize [selection..]',
    summary: 'Make what is stale among the selection (none: everything) and upstream of it',
    load: async () => (await import('./commands/materialize.ts')).materializeCommand,
  },
  {
    usage: 'ingest [path..]',
    summary: 'Bring events into the raw store, from files, folders or URLs (none: the data directory)',
    load: async () => (await import('./commands/ingest.ts')).ingestCommand,
  },
  {
    usage: 'graph [selection..]',
    summary: 'Draw the lineage: as a tree, json, mermaid, dot, svg, or one html page',
    load: async () => (await import('./commands/graph.ts')).graphCommand,
  },
  {
    usage: 'list [selection..]',
    aliases: ['ls'],
    summary: 'List assets by name',
    load: async () => (await import('./commands/list.ts')).listCommand,
  },
  {
    usage: 'status [selection..]',
    summary: 'Say of each asset whether it is fresh, missing or stale, and why',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    usage: 'show <asset>',
    summary: 'Show all about one asset: columns, checks, readers, status, SQL',
    load: async () => (await import('./commands/show.ts')).showCommand,
  },
  {
    usage: 'check [selection..]',
    summary: 'Run the daily checks and those that assets declare; exit 1 where one that blocks fails',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  {
    usage: 'analyze [name]',
    summary: 'Answer the questions of sql/analytics for a span of days',
    load: async () => (await import('./commands/analyze.ts')).analyzeCommand,
  },
  {
    usage: 'reconcile',
    summary:
      'Orders against payments and refunds: what explains the difference between gross and net; one order in full',
    load: async () => (await import('./commands/reconcile.ts')).reconcileCommand,
  },
  {
    usage: 'trace <asset>',
    summary: 'From a row back to its events, batches and source lines, and the run that made it',
    load: async () => (await import('./commands/trace.ts')).traceCommand,
  },
  {
    usage: 'report',
    summary: "Write a day's report below reports/: HTML, Markdown, JSON and CSV, and a calendar of all days",
    load: async () => (await import('./commands/report.ts')).reportCommand,
  },
  {
    usage: 'query [sql]',
    summary: 'Run GoogleSQL against the warehouse; asset names are table names',
    load: async () => (await import('./commands/query.ts')).queryCommand,
  },
  {
    usage: 'backfill [selection..]',
    summary: 'Make cells of a time again, by a plan that outlives the process; list, show, resume, cancel',
    load: async () => (await import('./commands/backfill.ts')).backfillCommand,
  },
  {
    usage: 'rewind <asset>',
    summary: 'Put a table back as a run left it, and hold it there (without --to: which runs there are)',
    load: async () => (await import('./commands/rewind.ts')).rewindCommand,
  },
  {
    usage: 'redact',
    summary: 'Take events out for good, also of every table (asks first)',
    load: async () => (await import('./commands/redact.ts')).redactCommand,
  },
  {
    usage: 'doctor',
    summary: 'Look at the servers of the target: reachable, version, rights, indexes, clock',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    usage: 'cost',
    summary: 'Say what the jobs in BigQuery billed, by asset, day or run',
    load: async () => (await import('./commands/cost.ts')).costCommand,
  },
  {
    usage: 'state <action> <file>',
    summary: 'Move the state between engines: export it to a file, import it from one',
    load: async () => (await import('./commands/state.ts')).stateCommand,
  },
  {
    usage: 'runs [action] [id]',
    summary: 'List what ran, or show one run asset by asset',
    load: async () => (await import('./commands/runs.ts')).runsCommand,
  },
  {
    usage: 'logs [run]',
    summary: 'Show what a run said',
    load: async () => (await import('./commands/logs.ts')).logsCommand,
  },
  {
    usage: 'prove [selection..]',
    summary: 'Build the tables once more, aside and from raw, and compare cell by cell',
    load: async () => (await import('./commands/prove.ts')).proveCommand,
  },
  {
    usage: 'diff <asset>',
    summary: 'Compare one table with a full build of it, or with what a run left of it, row by row',
    load: async () => (await import('./commands/diff.ts')).diffCommand,
  },
  {
    usage: 'compile [selection..]',
    summary: 'Render and type-check the models; write their SQL for both engines',
    load: async () => (await import('./commands/compile.ts')).compileCommand,
  },
  {
    usage: 'test [selection..]',
    summary: 'Run the unit tests of models: rows in, rows out, on both engines; exit 1 where one fails',
    load: async () => (await import('./commands/test.ts')).testCommand,
  },
  {
    usage: 'lineage <column>',
    summary: 'Where a column comes from, or what it goes into, with the expression at each hop',
    load: async () => (await import('./commands/lineage.ts')).lineageCommand,
  },
  {
    usage: 'lsp',
    summary: 'Serve editors: diagnostics, completion, hover and definitions of models',
    load: async () => (await import('./commands/lsp.ts')).lspCommand,
  },
  {
    usage: 'generate',
    summary: "Write made-up events in all the vendors' shapes; the same seed, the same bytes",
    load: async () => (await import('./commands/generate.ts')).generateCommand,
  },
  {
    usage: 'clean',
    summary: 'Remove the local state: raw events, warehouse, history (asks first)',
    load: async () => (await import('./commands/clean.ts')).cleanCommand,
  },
  {
    usage: 'init <dir>',
    summary: 'Make a minimal project in a new folder',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
];
