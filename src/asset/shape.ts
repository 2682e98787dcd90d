// Whether what a person declares has the shape that the types say: nothing is type-checked before it is loaded, and a helper that is not
// called or a list that is a text would be an error far from where it stands. Pure; opens nothing.

/** What is wrong with a declaration, as the end of a sentence about it. */
export interface ShapeFault {
  readonly within: ShapedProperty;
  /** What stands there, to find it by. */
  readonly word?: string;
  readonly said: string;
  readonly hint: string;
}

export type ShapedProperty =
  | 'description'
  | 'tags'
  | 'owner'
  | 'columns'
  | 'checks'
  | 'deps'
  | 'partition'
  | 'clusterBy'
  | 'strict'
  | 'engines'
  | 'model'
  | 'files'
  | 'format'
  | 'from'
  | 'headers';

type Input = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Input =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWord = (value: unknown): value is string => typeof value === 'string' && value !== '';
const areWords = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isWord);

/** As it is written, short. */
function shown(value: unknown): string {
  if (typeof value === 'function') return `${value.name || 'a function'}, which is not called`;
  return JSON.stringify(value) ?? String(value);
}

/** A property that holds one thing. */
interface Plain {
  readonly is: (value: unknown) => boolean;
  readonly hint: string;
}

const oneOf = (...words: readonly string[]): Plain => ({
  is: value => words.includes(value as string),
  hint: `Write one of ${words.map(word => `'${word}'`).join(', ')}.`,
});
const PLAIN: Readonly<Partial<Record<ShapedProperty, Plain>>> = {
  description: { is: value => typeof value === 'string', hint: "Write a text: description: 'One row an order.'" },
  owner: { is: isWord, hint: "Write a text: owner: 'analytics'." },
  tags: { is: areWords, hint: "Write a list of texts: tags: ['marts']." },
  strict: { is: value => typeof value === 'boolean', hint: 'Write strict: true or strict: false.' },
  engines: { is: Array.isArray, hint: "Write engines: ['bigquery'], or leave it out for both." },
  clusterBy: { is: areWords, hint: "Write a list of columns: clusterBy: ['order_id']." },
  model: { is: isWord, hint: "Write the path below models/: model: 'marts/fact_orders.sql'." },
  files: { is: areWords, hint: "Write a list of globs: files: ['bootstrap/*.json']." },
  format: oneOf('records', 'events', 'csv'),
  from: oneOf('events_raw', 'ingest_batches', 'events_quarantine'),
  headers: { is: isHeaders, hint: "Write headers: { column: 'header of the file' }." },
  partition: { is: isPartition, hint: "Write partition: daily('order_date')." },
  deps: { is: Array.isArray, hint: "Write a list: deps: ['stg_orders']." },
  columns: { is: Array.isArray, hint: "Write a list: columns: [['order_id', 'STRING', 'The order.']]." },
  checks: { is: Array.isArray, hint: "Write a list: checks: [unique('order_id')]." },
};
export function isHeaders(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every(isWord);
}

/** What must be there. */
const NEEDED: readonly ShapedProperty[] = ['model', 'files', 'format', 'from', 'headers'];

/** @param properties those that its kind has. */
export function shapeFaults(input: Input, properties: readonly string[]): readonly ShapeFault[] {
  const plain = (Object.keys(PLAIN) as ShapedProperty[]).flatMap(within => {
    const rule = PLAIN[within];
    const value = input[within];
    const isThere = value !== undefined || (NEEDED.includes(within) && properties.includes(within));
    if (rule === undefined || !properties.includes(within) || !isThere || rule.is(value)) return [];
    const said = value === undefined ? `has no ${within}.` : `has ${within}: ${shown(value)}.`;
    return [{ within, said, hint: rule.hint }];
  });
  const each = <T>(value: unknown, judge: (one: unknown) => T | undefined): readonly T[] =>
    Array.isArray(value) ? value.flatMap(one => judge(one) ?? []) : [];
  return [
    ...plain,
    ...each(input.deps, depFault),
    ...each(input.columns, columnFault),
    ...each(input.checks, checkFault),
  ];
}

export function isPartition(value: unknown): boolean {
  if (!isObject(value) || value.kind === 'none') return isObject(value);
  const hasKeys = value.kind !== 'static' || (areWords(value.keys) && value.keys.length > 0);
  return isWord(value.kind) && isWord(value.column) && hasKeys;
}

export const isDep = (value: unknown): boolean => depFault(value) === undefined;

function depFault(value: unknown): ShapeFault | undefined {
  if (isWord(value)) return undefined;
  const hint = "Write its name, or { asset: 'stg_orders', mapping: samePartition() }.";
  if (!isObject(value) || !isWord(value.asset)) return { within: 'deps', said: `has the dep ${shown(value)}.`, hint };
  const { asset: word, mapping } = value;
  const odd = Object.keys(value).find(key => key !== 'asset' && key !== 'mapping');
  if (odd !== undefined) return { within: 'deps', word, said: `says "${odd}" of the dep "${word}".`, hint };
  if (mapping === undefined || (isObject(mapping) && isWord(mapping.kind))) return mappedBy(mapping, word);
  return { within: 'deps', word, said: `maps "${word}" by ${shown(mapping)}.`, hint };
}

/** A key has columns. */
function mappedBy(mapping: unknown, word: string): ShapeFault | undefined {
  if (isObject(mapping) && mapping.kind === 'window') {
    const { kind: _, ...span } = mapping;
    const isSpan = ['before', 'after'].every(key => Number.isSafeInteger(span[key]) && (span[key] as number) >= 0);
    if (isSpan && Object.keys(span).length === 2) return undefined;
    const hint = 'Write window({ before: 1, after: 0 }), whole numbers of cells.';
    return { within: 'deps', word, said: `maps "${word}" by the window ${shown(span)}.`, hint };
  }
  if (!isObject(mapping) || mapping.kind !== 'by-key') return undefined;
  if (areWords(mapping.columns) && mapping.columns.length > 0) return undefined;
  const hint = "Write byKey('order_id'), each column as a text of its own.";
  return { within: 'deps', word, said: `maps "${word}" by the key ${shown(mapping.columns)}.`, hint };
}

export const isColumn = (value: unknown): boolean => columnFault(value) === undefined;

function columnFault(value: unknown): ShapeFault | undefined {
  if (Array.isArray(value) && isWord(value[0]) && isWord(value[1])) return undefined;
  const name = Array.isArray(value) ? value[0] : isObject(value) ? value.name : undefined;
  return {
    within: 'columns',
    ...(isWord(name) && { word: name }),
    said: `declares the column ${shown(value)}.`,
    hint: "Write ['name', 'TYPE', 'What it means.', 'REQUIRED'], the last only where it is.",
  };
}

/** Of each kind, what it is written as. */
const CHECKS: Readonly<Record<string, string>> = {
  unique: "unique('order_id'), or unique(['order_id', 'line'])",
  'not-null': "notNull('order_id')",
  'accepted-values': "acceptedValues('status', ['paid', 'open'])",
  'refers-to': "refersTo('customer_id', 'dim_customer')",
  expression: "expression('what holds', 'total >= 0')",
  range: "range('total', { min: 0 })",
  'row-count': 'rowCount({ min: 1 })',
  freshness: "freshness('event_time', { within: '2d' })",
};

export const isCheck = (value: unknown): boolean => checkFault(value) === undefined;

function checkFault(value: unknown): ShapeFault | undefined {
  const written = isObject(value) && isWord(value.kind) ? CHECKS[value.kind] : undefined;
  if (!isObject(value) || written === undefined) {
    return {
      within: 'checks',
      ...(isWord(value) && { word: value }),
      said: `has the check ${shown(value)}.`,
      hint: `Write one of ${Object.values(CHECKS).join('; ')}.`,
    };
  }
  const word = [value.column, value.name, Array.isArray(value.columns) ? value.columns[0] : undefined].find(isWord);
  const fault = (said: string, hint: string): ShapeFault => ({
    within: 'checks',
    ...(word !== undefined && { word }),
    said,
    hint,
  });
  const wrong = wrongIn(value);
  if (wrong !== undefined) return fault(`has a check (${value.kind}) with ${wrong}.`, `Write ${written}.`);
  if (value.severity === 'block' || value.severity === 'warn') return undefined;
  return fault(
    `has a check (${value.kind}) of severity ${shown(value.severity)}.`,
    "Write severity: 'block' or 'warn'.",
  );
}

/** What bounds and spans may say: they are taken over as they are given. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  range: ['column', 'min', 'max'],
  'row-count': ['min', 'max', 'of'],
  freshness: ['column', 'within'],
};

/** What of a check is not what it must be. */
function wrongIn(check: Input): string | undefined {
  const known = KNOWN[String(check.kind)];
  const odd = Object.keys(check).find(key => known?.includes(key) === false && key !== 'kind' && key !== 'severity');
  if (odd !== undefined) return `"${odd}", which is nothing of it`;
  const need = (name: string, is: (value: unknown) => boolean): string | undefined =>
    is(check[name]) ? undefined : `${name} ${shown(check[name])}`;
  const some = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
  switch (check.kind) {
    case 'unique':
      return need('columns', value => some(value) && areWords(value));
    case 'accepted-values':
      return need('column', isWord) ?? need('values', some);
    case 'refers-to':
      return need('column', isWord) ?? need('asset', isWord) ?? need('key', isWord);
    case 'expression':
      return need('name', isWord) ?? need('sql', isWord);
    case 'row-count':
      return need('of', of => of === 'table' || of === 'partition') ?? swappedBounds(check);
    case 'range':
      return need('column', isWord) ?? swappedBounds(check);
    default:
      return need('column', isWord);
  }
}

function swappedBounds({ min, max }: Input): string | undefined {
  const [low, high] = [min, max].map(bound => (bound === undefined || bound === '' ? Number.NaN : Number(bound)));
  return low !== undefined && high !== undefined && low > high
    ? `min ${shown(min)} above max ${shown(max)}, which no value is`
    : undefined;
}
