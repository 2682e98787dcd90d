// Intermediate values of a SELECT list become columns of an inner SELECT, where each is computed once and by whole vectors:
// the values that rules bind by a lambda (functions/sql.ts, bound), and the many JSON paths of one column, which are read
// in one pass (as a list measured 3.5 times faster than a call for each, as a record 5 times). Only values that cannot fail and have no say in what
// is computed: everything else stays where it was. Pure.

import { type Binder, callsOf, findBinders, isCheap, isGuarded, isTotal, namesIn, replaceNames } from './binder.ts';
import { type Block, type Cell, indent, isLimited, isPlain, wrap } from './block.ts';
import { oddJson } from './functions/json.ts';
import { type Aliases, quoteName, quoteText } from './names.ts';
import { renamed, sqlsOf } from './plain-json.ts';

export interface Shared {
  readonly block: Block;
  readonly sqls: readonly string[];
}

/** Readers of one path (functions/json.ts): a column, the path, and its tokens. */
/** Reads one path of a column: `json_text("events"."payload", '$."total"', '["total"]', FALSE, NULL)` (functions/json.ts). */
const JSON_CALL =
  /\b(json_text|json_node|json_seen_text|json_seen_json)\(("(?:[^"]|"")*"\."(?:[^"]|"")*"), ('(?:[^']|'')*'), '((?:[^']|'')*)', (FALSE|json_spells\(\2\)(?: OR \2 LIKE '(?:[^']|'')*')+), (NULL|json_(?:own|part)_text\(\2, ("(?:[^"]|"")*"\."(?:[^"]|"")*")\)|("(?:[^"]|"")*"\."(?:[^"]|"")*"))\)/g;
/** From so many paths of one column on, reading them together pays. */
const PATHS_FROM = 2;
const LEVELS_MAX = 40;

/** Whether there is anything in these expressions that could be shared. */
export const mayShare = (sqls: readonly string[]): boolean =>
  sqls.some(sql => sql.includes('list_transform([') || /\bjson_(?:text|node|seen_text|seen_json)\(/.test(sql)) ||
  repeatedCalls(sqls).length > 0;

/** Calls of casts and arithmetic that stand more than once, as IF(SAFE_CAST(x AS NUMERIC) < 9, SAFE_CAST(x AS NUMERIC), 9) has them. */
function repeatedCalls(sqls: readonly string[]): readonly string[] {
  const calls = sqls.flatMap(sql => (sql.includes('_or_null(') ? callsOf(sql, OR_NULL) : []));
  return [...new Set(calls.filter((call, i) => calls.indexOf(call) < i))];
}

const OR_NULL = /\b\w+_or_null(?=\()/g;

/** The expressions over a block that has what they share. The block's columns must all be plain references or constants. */
export function share(block: Block, sqls: readonly string[], aliases: Aliases): Shared {
  let shared: Shared = { block, sqls };
  if (block.from === undefined || isLimited(block) || block.isDistinct || block.order.length > 0) return shared;
  for (let level = 0; level < LEVELS_MAX; level++) {
    const settled = { ...shared, sqls: shared.sqls.map(settle) };
    const next = readPaths(settled, aliases) ?? hoist(settled, aliases);
    if (!next) return settled;
    shared = next;
  }
  return shared;
}

/** Binders of what may be repeated anyway are undone. */
function settle(sql: string): string {
  const binder = findBinders(sql).find(b => b.values.every(value => isTrivial(value.sql)));
  if (!binder) return sql;
  return settle(unbound(sql, binder, value => value));
}

/** A column, an element of a list, a literal: what is cheaper to repeat than to keep. */
const isTrivial = (sql: string): boolean =>
  /^\(?(?:"(?:[^"]|"")*"\."(?:[^"]|"")*"(?:\[\d+\])?|(?:DATE )?'(?:[^']|'')*'|\d+|TRUE|FALSE|NULL)(?:::[A-Z]+(?:\(\d+, ?\d+\))?)?\)?$/.test(
    sql,
  );

/** `sql` with the binder's body in its place, over `name` of each value. */
function unbound(sql: string, binder: Binder, name: (value: string) => string): string {
  let body = binder.body;
  for (const value of binder.values) body = replaceNames(body, value.name, name(value.sql));
  return `${sql.slice(0, binder.start)}${body}${sql.slice(binder.end)}`;
}

/** What the block's columns are called, and those that tell of them whether they are plain JSON. */
const namesOf = (block: Block): ReadonlySet<string> =>
  new Set([...block.columns.values()].flatMap(({ sql, plain }) => (plain ? [sql, ...sqlsOf(plain)] : [sql])));

/** Whether it has a lambda, or speaks of what one binds around it: `_g1`, `_j2`, `_f`, …, which are quoted nowhere. */
const isWithinLambda = (sql: string): boolean =>
  /\blambda\b|\b_[a-z]/.test(sql.replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, '""'));

/** One level: the values that stand innermost, each once. */
function hoist({ block, sqls }: Shared, aliases: Aliases): Shared | undefined {
  const known = namesOf(block);
  const canMove = (sql: string): boolean =>
    !isWithinLambda(sql) && isTotal(sql) && [...namesIn(sql)].every(name => known.has(name));
  const movable = (sql: string, binder: Binder): boolean =>
    binder.values.every(
      value => isTrivial(value.sql) || (canMove(value.sql) && (isCheap(value.sql) || !isGuarded(sql, binder.start))),
    );
  const found = sqls.flatMap(sql => findBinders(sql).filter(binder => movable(sql, binder)));
  const repeated = repeatedCalls(sqls).filter(canMove);
  const bound = found.flatMap(binder => binder.values.map(value => value.sql)).filter(sql => !isTrivial(sql));
  const values = new Set([...bound, ...repeated]);
  if (values.size === 0) return undefined;
  const extra = [...values].map((sql, i) => ({ sql, name: freshName(block, i) }));
  const { block: extended, rebase } = extend(block, extra, aliases);
  const placeOf = new Map(extra.map(({ sql, name }) => [sql, cellNamed(extended, name)]));
  const nextOf = (sql: string): Binder | undefined =>
    findBinders(sql).find(
      binder => movable(sql, binder) && binder.values.every(({ sql }) => isTrivial(sql) || placeOf.has(sql)),
    );
  const replaced = sqls.map(sql => {
    let text = repeated.reduce((whole, call) => whole.replaceAll(call, () => placeOf.get(call) ?? call), sql);
    for (let binder = nextOf(text); binder; binder = nextOf(text)) {
      text = unbound(text, binder, value => placeOf.get(value) ?? value);
    }
    return rebase(text);
  });
  return { block: visible(extended, block), sqls: replaced };
}

/** A path that is read of a column, and the call that asks for it. */
interface JsonRead {
  readonly call: string;
  readonly kind: Leaf;
  /** Its reader looks for marks itself. */
  readonly isSeen: boolean;
  /** In JSON. */
  readonly tokens: string;
  readonly repeats: string;
  /** The text to read instead: a column's, so of all its reads the same. */
  readonly read: string;
}

/** Paths that one reader takes in one pass: its SQL, and the SQL of each path's value over the column that the reader becomes. */
interface JsonReader {
  readonly sql: string;
  readonly values: readonly {
    readonly call: string;
    readonly of: (record: string, over: (sql: string) => string) => string;
  }[];
}

/** One level: the JSON paths of each column that has several, or one that leads to JSON. */
function readPaths({ block, sqls }: Shared, aliases: Aliases): Shared | undefined {
  const known = namesOf(block);
  const asked = new Map<string, Map<string, JsonRead>>();
  for (const [call, name = '', column = '', , tokens = '', repeats = '', read = '', twin, text] of sqls.flatMap(sql => [
    ...sql.matchAll(JSON_CALL),
  ])) {
    const plain = twin ?? text;
    if (!known.has(column) || tokens === '[]' || (plain !== undefined && !known.has(plain))) continue;
    const kind = name.endsWith('text') ? 'text' : 'json';
    const isSeen = name.startsWith('json_seen_');
    const paths = asked.get(column) ?? new Map<string, JsonRead>();
    asked.set(column, paths.set(call, { call, kind, isSeen, tokens, repeats, read }));
  }
  const readers = [...asked]
    .filter(([, paths]) => paths.size >= PATHS_FROM || [...paths.values()].some(({ kind }) => kind === 'json'))
    .flatMap(([column, paths]) => readersOf(column, [...paths.values()]));
  if (readers.length === 0) return undefined;
  const extra = readers.map(({ sql }, i) => ({ sql, name: freshName(block, i) }));
  const listed = extend(block, extra, aliases);
  const places = readers.flatMap(({ values }, i) =>
    values.map(({ call, of }) => ({ call, sql: of(cellNamed(listed.block, extra[i]?.name ?? ''), listed.rebase) })),
  );
  // Each a column of its own: the rules look at it several times, and DuckDB cuts a whole record where it needs a field of some rows.
  const first = Number(freshName(listed.block, 0).slice(1));
  const elements = places.map(({ sql }, i) => ({ sql, name: `_${first + i}` }));
  const { block: extended, rebase } = extend(visible(listed.block, block), elements, aliases);
  const placeOf = new Map(places.map(({ call }, i) => [call, cellNamed(extended, elements[i]?.name ?? '')]));
  const replaced = sqls.map(sql => rebase(listed.rebase(sql.replace(JSON_CALL, call => placeOf.get(call) ?? call))));
  return { block: visible(extended, block), sqls: replaced };
}

interface JsonRecord {
  readonly shape: Shape;
  readonly reads: JsonRead[];
}

/** Paths are read as records, which DuckDB fills in one walk over the members. */
function readersOf(column: string, reads: readonly JsonRead[]): readonly JsonReader[] {
  const records: JsonRecord[] = [];
  for (const read of reads) {
    const tokens = tokensOf(read);
    const record = records.find(({ shape }) => takesPath(shape, tokens, read.kind));
    const { shape, reads: taken }: JsonRecord = record ?? { shape: new Map(), reads: [] };
    addPath(shape, tokens, read.kind);
    taken.push(read);
    if (!record) records.push({ shape, reads: taken });
  }
  return records.map(record => recordReader(column, record));
}

const tokensOf = ({ tokens }: JsonRead): readonly string[] => JSON.parse(tokens.replaceAll("''", "'"));

const tokensList = (reads: readonly JsonRead[]): string => `'[${reads.map(({ tokens }) => tokens).join(',')}]'`;

/** Of texts alone, or of texts and JSON, or from a text that may have marks: then each is looked at once more. */
function recordReader(column: string, { shape, reads }: JsonRecord): JsonReader {
  const spec = quoteText(JSON.stringify(specOf(shape)));
  const repeats = anyOf(reads.map(({ repeats }) => repeats));
  const [{ read } = { read: 'NULL' }] = reads;
  const leafIn = (read: JsonRead, record: string): string =>
    tokensOf(read).reduce((sql, name) => `struct_extract(${sql}, ${quoteText(name)})`, record);
  const [texts, parts] = [reads.filter(({ kind }) => kind === 'text'), reads.filter(({ kind }) => kind === 'json')];
  const given = `${column}, ${quoteText(oddJson(endsOf(repeats)))}, ${spec}, ${tokensList(texts)}, ${tokensList(parts)}, ${repeats}`;
  if (parts.length === 0 && read === 'NULL' && !reads.some(({ isSeen }) => isSeen)) {
    return {
      sql: `json_record(${column}, ${spec}, ${tokensList(reads)}, ${repeats})`,
      values: reads.map(read => ({
        call: read.call,
        of: record => leafIn(read, record),
      })),
    };
  }
  return {
    sql: read === 'NULL' ? `json_record_parts(${given})` : `json_record_read(${given}, ${read})`,
    values: reads.map(read => ({
      call: read.call,
      of: (record, over) => writtenLeaf(read, leafIn(read, record), over(column)),
    })),
  };
}

/** What is `seen` stays marked. */
function writtenLeaf(read: JsonRead, leaf: string, column: string): string {
  const json = `CAST(${leaf} AS VARCHAR)`;
  if (read.isSeen) return read.kind === 'text' ? leaf : json;
  return read.kind === 'text' ? `json_unmarked_text(${leaf})` : `json_written(${json}, ${column}, '${read.tokens}')`;
}

/** What the conditions look for twice. */
const endsOf = (repeats: string): readonly string[] =>
  [...repeats.matchAll(/ LIKE '%((?:[^'%]|'')*)%/g)].map(([, end = '']) => end.replaceAll("''", "'"));

/** Names that lead to a text, or on. */
type Leaf = 'text' | 'json';
type Shape = Map<string, Shape | Leaf>;

/** A struct has no field twice, names that differ in case only are one to it, and none is both a text and a struct. */
function takesPath(shape: Shape, tokens: readonly string[], leaf: Leaf): boolean {
  const [name = '', ...rest] = tokens;
  const known = [...shape.keys()].find(key => key.toLowerCase() === name.toLowerCase());
  if (known === undefined) return true;
  const next = shape.get(name);
  if (rest.length === 0) return next === leaf;
  return next instanceof Map && takesPath(next, rest, leaf);
}

function addPath(shape: Shape, [name = '', ...rest]: readonly string[], leaf: Leaf): void {
  if (rest.length === 0) {
    shape.set(name, leaf);
    return;
  }
  const known = shape.get(name);
  const next: Shape = known instanceof Map ? known : new Map();
  shape.set(name, next);
  addPath(next, rest, leaf);
}

const specOf = (shape: Shape): object =>
  Object.fromEntries([...shape].map(([name, next]) => [name, next instanceof Map ? specOf(next) : TYPES[next]]));
const TYPES = { text: 'VARCHAR', json: 'JSON' } as const;

const CONDITION = /json_spells\([^()]*\)|"(?:[^"]|"")*"\."(?:[^"]|"")*" LIKE '(?:[^']|'')*'/g;

/** `a OR b` and `a` are `a OR b`; FALSE is none. */
function anyOf(conditions: readonly string[]): string {
  const some = new Set(conditions.flatMap(condition => condition.match(CONDITION) ?? []));
  return some.size === 0 ? 'FALSE' : [...some].join(' OR ');
}

interface Extra {
  readonly sql: string;
  readonly name: string;
}

/** A name that no column has: `_1`, `_2` …, counted on through the levels. */
function freshName(block: Block, index: number): string {
  const highest = Math.max(0, ...[...(block.from ?? '').matchAll(/ AS "_(\d+)"/g)].map(match => Number(match[1])));
  return `_${highest + index + 1}`;
}

const cellNamed = (block: Block, name: string): string => block.columns.get(name)?.sql ?? '';

/** The block with further columns, which are found under their names, as a subquery; `rebase` moves SQL written over it along. */
function extend(block: Block, extra: readonly Extra[], aliases: Aliases) {
  const columns = new Map<string, Cell>(block.columns);
  for (const { sql, name } of extra) columns.set(name, { sql, kind: 'computed', type: { kind: 'STRING' }, name });
  const extended = starred(block, extra, aliases) ?? wrap({ ...block, columns }, aliases);
  const moved = new Map<string, string>();
  for (const [id, { sql, plain }] of block.columns) {
    const cell = extended.columns.get(id);
    moved.set(sql, cell?.sql ?? sql);
    const to = cell?.plain ? sqlsOf(cell.plain) : [];
    if (plain) for (const [i, known] of sqlsOf(plain).entries()) moved.set(known, to[i] ?? known);
  }
  const rebase = (sql: string): string => replaceNames(sql, moved);
  return { block: extended, rebase };
}

/** The block with columns of an outer query as its own; `rebase` puts them in the place of the outer ones. */
export function withOuter(block: Block, outer: readonly string[], aliases: Aliases) {
  const extra = outer.map((sql, i) => ({ sql, name: freshName(block, i) }));
  const { block: extended, rebase } = extend(block, extra, aliases);
  const own = new Map(extra.map(({ sql, name }) => [sql, cellNamed(extended, name)]));
  return { block: visible(extended, block), rebase: (sql: string): string => rebase(replaceNames(sql, own)) };
}

/** Over one table whose columns keep their names, the text is shorter with a star. */
function starred(block: Block, extra: readonly Extra[], aliases: Aliases): Block | undefined {
  const owners = new Set([...namesOf(block)].map(name => /^"(?:[^"]|"")*"(?=\.)/.exec(name)?.[0]));
  const [owner] = owners;
  const isSingle =
    !block.isJoin &&
    !block.turn.some(({ isPlace }) => isPlace) &&
    owners.size === 1 &&
    owner !== undefined &&
    isPlain({ ...block, where: [] });
  if (!isSingle || [...block.columns.values()].some(cell => cell.kind !== 'ref')) return undefined;
  const alias = quoteName(aliases.next(block.hint));
  const select = `SELECT *,\n  ${extra.map(({ sql, name }) => `${indent(sql)} AS ${quoteName(name)}`).join(',\n  ')}`;
  const where = block.where.length === 0 ? '' : `\nWHERE ${block.where.join('\n  AND ')}`;
  const moved = (name: string): string => `${alias}${name.slice(owner.length)}`;
  const columns = new Map<string, Cell>(
    [...block.columns].map(([id, cell]) => [
      id,
      { ...cell, sql: moved(cell.sql), plain: cell.plain && renamed(cell.plain, moved) },
    ]),
  );
  for (const { name } of extra) {
    columns.set(name, { sql: `${alias}.${quoteName(name)}`, kind: 'ref', type: { kind: 'STRING' }, name });
  }
  return {
    ...block,
    where: [],
    from: `(\n  ${indent(`${select}\nFROM ${block.from}${where}`)}\n) AS ${alias}`,
    columns,
  };
}

const visible = (extended: Block, block: Block): Block => ({
  ...extended,
  columns: new Map([...extended.columns].filter(([id]) => block.columns.has(id) || id.startsWith('_'))),
});
