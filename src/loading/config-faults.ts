// What is wrong with a pulse.config.ts, as sentences. Checks shape and types only: nothing is opened or read.
// By hand and not by a schema library, which would cost every command 50 ms at its start.

import { hintClosest } from '../closest.ts';
import { RULES } from '../compile/rules.ts';

/** What a key may hold: the words for a message, a test, and who judges deeper. */
interface Rule {
  readonly is: string;
  readonly test: (value: unknown) => boolean;
  readonly inside?: (value: object, path: string) => string[];
}

type Shape = Readonly<Record<string, Rule>>;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text: Rule = { is: 'a text that is not empty', test: value => typeof value === 'string' && value !== '' };
const url: Rule = {
  is: 'an http or https address',
  test: value => typeof value === 'string' && /^https?:\/\/./.test(value),
};
/** cloud.google.com/bigquery/docs/labels-intro: requirements for labels. */
const label: Rule = {
  is: 'lower-case letters, digits, _ and -, 63 at most',
  test: value => typeof value === 'string' && /^[a-z0-9_-]{0,63}$/.test(value),
};
const flag: Rule = { is: 'true or false', test: value => typeof value === 'boolean' };
const texts: Rule = {
  is: 'a list of texts',
  test: value => Array.isArray(value) && value.every(one => typeof one === 'string'),
};
const positive: Rule = {
  is: 'a whole number from 1',
  test: value => Number.isSafeInteger(value) && (value as number) >= 1,
};
const natural: Rule = {
  is: 'a whole number from 0',
  test: value => Number.isSafeInteger(value) && (value as number) >= 0,
};
const DAY = String.raw`\d{4}-\d\d-\d\d`;
const SPAN = new RegExp(String.raw`^${DAY}(?:\.\.${DAY})?$`);
const days: Rule = {
  is: 'a whole number from 1, or days such as 2025-01-15..2025-01-31',
  test: value => positive.test(value) || (typeof value === 'string' && SPAN.test(value)),
};
const manyOf = (...words: readonly string[]): Rule => ({
  is: `a list of ${words.join(', ')}`,
  test: value => Array.isArray(value) && value.length > 0 && value.every(one => words.includes(one as string)),
});
const oneOf = (...words: readonly string[]): Rule => ({
  is: `one of ${words.join(', ')}`,
  test: value => typeof value === 'string' && words.includes(value),
});
const shape = (keys: Shape, required: readonly string[] = []): Rule => ({
  is: 'an object',
  test: isObject,
  inside: (value, path) => shapeFaults(value, { keys, required, path }),
});
const each = (rule: Rule): Rule => ({
  is: 'an object',
  test: isObject,
  inside: (value, path) => Object.entries(value).flatMap(([key, held]) => ruleFaults(held, rule, `${path}.${key}`)),
});
const variable: Rule = {
  is: 'a text, a finite number, true or false, or a list of texts',
  test: value => text.test(value) || value === '' || flag.test(value) || texts.test(value) || Number.isFinite(value),
};

const notNegative: Rule = {
  is: 'a number from 0',
  test: value => typeof value === 'number' && value >= 0 && Number.isFinite(value),
};
const finite: Rule = { is: 'a finite number', test: value => Number.isFinite(value) };
const QUALITY = shape({
  checks: each(
    shape({
      thresholds: each(shape({ warnAbove: finite, failAbove: finite, warnBelow: finite, failBelow: finite })),
      severity: oneOf('block', 'warn'),
      minimum: each(finite),
    }),
  ),
  anomalies: shape({ days: positive, minHistory: positive, warnAbove: finite }),
});

const format = oneOf('table', 'json', 'csv');
const COMMANDS = shape({
  materialize: shape({ wait: flag }),
  rewind: shape({ wait: flag }),
  redact: shape({ wait: flag, reason: text }),
  status: shape({ explain: flag }),
  show: shape({ sql: flag }),
  check: shape({ format: oneOf('table', 'json', 'ndjson', 'csv') }),
  analyze: shape({ format, limit: positive }),
  reconcile: shape({ format, limit: positive, vendor: text }),
  compile: shape({ format: oneOf('text', 'json', 'github', 'sarif'), remote: flag }),
  test: shape({ engine: oneOf('duckdb', 'reference', 'both') }),
  backfill: shape({ chunk: text, oldestFirst: flag }),
  cost: shape({ by: oneOf('asset', 'day', 'run'), days: positive }),
  prove: shape({ rows: positive }),
  diff: shape({ rows: positive }),
  runs: shape({ limit: positive }),
  trace: shape({ limit: positive }),
});

const CONFIG = shape({
  name: text,
  vars: each(variable),
  dataDir: text,
  home: text,
  defaultTarget: text,
  targets: each(
    shape({
      mongo: shape({ uri: text, database: text }, ['uri']),
      bigquery: shape(
        {
          project: text,
          dataset: text,
          location: text,
          apiEndpoint: url,
          keyFile: text,
          maximumBytesBilled: positive,
          pricePerTiB: notNegative,
          kmsKey: text,
          reservation: text,
          partitionExpirationDays: positive,
          labels: each(label),
        },
        ['project', 'dataset'],
      ),
      state: shape({ url: text }, ['url']),
    }),
  ),
  options: shape({
    quiet: flag,
    verbose: flag,
    color: flag,
    json: flag,
    concurrency: positive,
    failFast: flag,
    fullRefresh: flag,
    exclude: texts,
    timings: flag,
    only: flag,
    listOutput: oneOf('name', 'path', 'json'),
    outputKeys: texts,
    graphFormat: oneOf('text', 'json', 'mermaid', 'dot', 'svg', 'html'),
    queryFormat: oneOf('table', 'json', 'ndjson', 'csv'),
    timeoutMs: positive,
    generate: shape({
      events: positive,
      seed: natural,
      vendors: manyOf('vendor_a', 'vendor_b', 'vendor_c'),
      days,
      out: text,
    }),
    commands: COMMANDS,
  }),
  quality: QUALITY,
  rules: shape(Object.fromEntries(Object.keys(RULES).map(code => [code, oneOf('off', 'warning', 'error')]))),
  exposures: each(shape({ description: text, owner: text, url: text, reads: texts }, ['reads'])),
  budget: shape({ bytesPerQuery: positive, bytesPerRun: positive, bytesPerDay: positive }),
  history: shape({ days: positive, versions: natural }),
  ingest: shape({ batchSize: positive, maxEventBytes: positive }),
});

/** Every fault of a config, one sentence each; none where it is right. */
export function configFaults(config: unknown): string[] {
  if (!isObject(config))
    return ['pulse.config.ts exports no config by default: write `export default defineConfig({ … })`.'];
  return CONFIG.inside?.(config, '') ?? [];
}

function ruleFaults(value: unknown, rule: Rule, path: string): string[] {
  // Values are not repeated in messages: a config may hold a password.
  if (!rule.test(value)) return [`\`${path}\` must be ${rule.is}.`];
  return rule.inside?.(value as object, path) ?? [];
}

function shapeFaults(
  value: object,
  { keys, required, path }: { keys: Shape; required: readonly string[]; path: string },
): string[] {
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const missing = required.filter(key => !(key in value)).map(key => `\`${at(key)}\` is missing.`);
  const wrong = Object.entries(value)
    .filter(([, held]) => held !== undefined)
    .flatMap(([key, held]) => {
      const rule = Object.hasOwn(keys, key) ? keys[key] : undefined;
      if (rule !== undefined) return ruleFaults(held, rule, at(key));
      return [
        `\`${at(key)}\` is not an option. ${hintClosest(key, Object.keys(keys), `Known: ${Object.keys(keys).join(', ')}.`)}`,
      ];
    });
  return [...missing, ...wrong];
}
