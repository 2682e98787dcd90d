// Broken models, each red at the file, line and column where it is wrong, and its corrected twin green. In a text «wrong|right»
// is the place: the broken project has `wrong` there, its twin `right`.

import { afterAll, expect, test } from 'vitest';
import { startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { compileFiles, type Files, modelText } from './shop.ts';

interface Case {
  readonly is: string;
  /** Of model `m`, if it is only that. */
  readonly sql?: string;
  readonly files?: Files;
  readonly says: RegExp;
  readonly hint?: RegExp;
  /** Where not exactly at the mark: only its line counts. */
  readonly line?: true;
  /** Where the error is, and the mark is the other place that it names. */
  readonly other?: { readonly file: string; readonly line: number; readonly column: number };
}

const asset = (name: string, deps?: string[], more?: string): Files => ({
  [`assets/${name}.ts`]: modelText(name, deps, more),
});
const simple = (columns: string, more = ''): Files => ({
  'assets/m.ts': `import { daily, expression, model, notNull, range, unique, acceptedValues } from 'pulse';

export default model({
  name: 'm',
  description: 'd',
  deps: ['orders', 'rates'],
  model: 'm.sql',
  ${more}
  columns: [
    ${columns}
  ],
});
`,
});

/** Model m with this in its declaration. */
const declaring = (more: string): Files => ({
  'assets/m.ts': `import { acceptedValues, allPartitions, byKey, daily, expression, freshness, model, notNull, range, refersTo, rowCount, staticKeys, unique } from 'pulse';

export default model({
  name: 'm',
  description: 'd',
  model: 'm.sql',
  ${more.includes('deps') ? '' : "deps: ['orders'],"}
  ${more}
});
`,
  'models/m.sql': 'SELECT id, day, amount FROM {{ref "orders"}}',
});

/** What has not the shape that the types say: the fault is of its line. */
const MISSHAPEN: readonly Case[] = (
  [
    ["checks: [«unique()|unique('id')»],", /has a check \(unique\) with columns undefined/],
    ["checks: [«unique([])|unique(['id', 'day'])»],", /has a check \(unique\) with columns \[\]/],
    ["checks: [unique('id', { severity: '«warnn|warn»' })],", /of severity "warnn"/],
    ["checks: [range('amount', { min: «10, max: 1|1, max: 10» })],", /min 10 above max 1, which no value is/],
    ["checks: [acceptedValues('id', «[]|['a']»)],", /with values \[\]/],
    ["checks: «unique('id')|[unique('id')]»,", /has checks: /],
    ["checks: [«'unique'|unique('id')»],", /has the check "unique"/],
    ["checks: [«unique|unique('id')»],", /unique, which is not called/],
    ['partition: «daily|daily("day")»,', /has partition: daily, which is not called/],
    ["partition: «'day'|daily('day')»,", /has partition: "day"/],
    ["columns: [«['id']|['id', 'STRING', 'd']»], strict: false,", /declares the column \["id"\]/],
    ["columns: [«{ name: 'id' }|['id', 'STRING', 'd']»], strict: false,", /declares the column \{"name":"id"\}/],
    ["tags: «'marts'|['marts']»,", /has tags: "marts"/],
    ["strict: «'no'|false»,", /has strict: "no"/],
    ["clusterBy: «'id'|['id']»,", /has clusterBy: "id"/],
    ["deps: «'orders'|['orders']»,", /has deps: "orders"/],
    ["deps: [{ «aset|asset»: 'orders' }],", /has the dep \{"aset":"orders"\}/],
    ["deps: [{ asset: 'orders', «maping|mapping»: allPartitions() }],", /says "maping" of the dep "orders"/],
    [
      "deps: [{ asset: 'orders', mapping: «allPartitions|allPartitions()» }],",
      /maps "orders" by allPartitions, which is not/,
    ],
    ["deps: [{ asset: 'orders', mapping: «byKey()|byKey('id')» }],", /maps "orders" by the key \[\]/],
    ["partition: staticKeys('id', «'a'|['a']»),", /has partition: \{"kind":"static"/],
    ['checks: [rowCount({ «min: 5, max: 1|min: 1, max: 5» })],', /min 5 above max 1/],
    ["checks: [rowCount({ min: 1, of: '«tabel|table»' })],", /\(row-count\) with of "tabel"/],
    ["checks: [range('amount', { «minn|min»: 0, max: 10 })],", /\(range\) with "minn", which is nothing of it/],
    ["checks: [freshness('«id|day»', { within: '2d' })],", /how old id is, which is STRING/],
    ["clusterBy: ['id', '«id|day»'],", /is clustered by "id" twice/],
    [
      "checks: [expression('some', 'amount > 0'), expression('«some|few»', 'amount < 9')],",
      /has two expression checks called "some"/,
    ],
    [
      "checks: [refersTo('day', 'rates', { key: '«rate|day»' })],",
      /by day, which is DATE, and "rate" there is NUMERIC/,
    ],
    [
      "deps: [{ asset: 'orders', mapping: byKey('«note|id»') }],",
      /m reads orders by key by column "note", which models/,
    ],
  ] as const
).map(([more, says]) => ({ is: `misshapen: ${more}`, files: declaring(more), says, line: true }));

const CASES: readonly Case[] = [
  ...MISSHAPEN,
  // Literals that are an error for every row.
  {
    is: 'a regular expression that is none',
    sql: "SELECT id,\n  REGEXP_CONTAINS(id, «r'('|r'[(]'») AS c\nFROM {{ref \"orders\"}}",
    says: /Cannot parse regular expression: missing \)/,
  },
  {
    is: 'a regular expression of another language, in a branch',
    sql: "SELECT id,\n  IF(id IS NULL, NULL, REGEXP_EXTRACT(id, «r'(?=a)'|r'a'»)) AS c\nFROM {{ref \"orders\"}}",
    says: /invalid perl operator/,
  },
  {
    is: 'two groups to extract',
    sql: "SELECT id,\n  REGEXP_EXTRACT(id, «r'(a)(b)'|r'(a)b'») AS c\nFROM {{ref \"orders\"}}",
    says: /more than 1 capturing group/,
  },
  {
    is: 'a regular expression of bytes',
    sql: "SELECT id,\n  REGEXP_CONTAINS(CAST(id AS BYTES), «b'a**'|b'a*'») AS c\nFROM {{ref \"orders\"}}",
    says: /bad repetition operator/,
  },
  {
    is: 'a pattern of LIKE that ends in the middle',
    sql: String.raw`SELECT id
FROM {{ref "orders"}}
WHERE id LIKE «'a\\'|'a\\_'»`,
    says: /LIKE pattern ends with a backslash/,
  },
  {
    is: 'a JSONPath without a root',
    sql: "SELECT id,\n  JSON_VALUE(id, «'a.b'|'$.a.b'») AS c\nFROM {{ref \"orders\"}}",
    says: /JSONPath must start with '\$'/,
  },
  {
    is: 'a JSONPath that is not closed, in a partial',
    files: {
      ...asset('m'),
      'sql/partials/part.sql': "JSON_QUERY(id, «'$.a['|'$.a[0]'»)",
      'models/m.sql': 'SELECT id,\n  {{> part}} AS c\nFROM {{ref "orders"}}',
    },
    says: /Invalid token in JSONPath at: \[/,
  },
  {
    is: 'a JSONPath of which a template gives a part',
    files: {
      ...asset('m'),
      'sql/partials/part.sql': "JSON_QUERY(id, '$.{{a}}')",
      'models/m.sql': 'SELECT id,\n  {{> part a="«b[|b»"}} AS c\nFROM {{ref "orders"}}',
    },
    says: /Invalid token in JSONPath at: \[/,
  },
  {
    is: 'a JSONPath with a star',
    sql: "SELECT id,\n  JSON_VALUE_ARRAY(PARSE_JSON(id), «'$.a[*]'|'$.a'») AS c\nFROM {{ref \"orders\"}}",
    says: /Unsupported operator in JSONPath: \*/,
  },
  {
    is: 'a path to remove that is none',
    sql: "SELECT id,\n  JSON_REMOVE(PARSE_JSON(id), '$.a', «'b'|'$.b'») AS c\nFROM {{ref \"orders\"}}",
    says: /JSONPath must start with/,
    hint: /every row/,
  },
  {
    is: 'an element that a format of dates has not',
    sql: "SELECT id,\n  PARSE_DATE(«'%Y-%m-%d %H'|'%Y-%m-%d'», id) AS c\nFROM {{ref \"orders\"}}",
    says: /%H is not allowed for the DATE type/,
  },
  {
    is: 'a format where the value belongs',
    sql: "SELECT id,\n  PARSE_DATE(«id, '%Y-%m-%d'|'%Y-%m-%d', id») AS c\nFROM {{ref \"orders\"}}",
    says: /Failed to parse input string "%Y-%m-%d"/,
    hint: /format comes first/,
    line: true,
  },
  {
    is: 'a value where the format belongs',
    sql: "SELECT id,\n  PARSE_TIMESTAMP(«'2024-01-01', '%Y-%m-%d'|'%Y-%m-%d', '2024-01-01'») AS c\nFROM {{ref \"orders\"}}",
    says: /Mismatch between format character/,
    hint: /format comes first/,
    line: true,
  },
  {
    is: 'an element that CAST has not',
    sql: "SELECT id,\n  CAST(id AS DATE FORMAT «'YYYY-QQ'|'YYYY-MM-DD'») AS c\nFROM {{ref \"orders\"}}",
    says: /Format element 'Q' is not supported/,
  },
  {
    is: 'a zone that is spelled as none is, beside constants that are large, fail on purpose or may not be reached',
    sql: `SELECT id,
  DATETIME(TIMESTAMP(day), «'Europe/Kiew'|'Europe/Kyiv'») AS c,
  ARRAY_LENGTH(GENERATE_ARRAY(1, 1000000000)) AS many,
  IF(id = 'x', ERROR('no x'), LENGTH(REPEAT('a', 1000000000))) AS x,
  CASE WHEN id = 'y' THEN DATE(2023, 2, 30) ELSE COALESCE(day, DATE(2023, 2, 30)) END AS d,
  (SELECT DIV(1, 0)) AS e
FROM {{ref "orders"}}`,
    says: /Invalid time zone: Europe\/Kiew/,
  },
  {
    is: 'a time zone that nobody has',
    sql: "SELECT id,\n  DATETIME(TIMESTAMP(day), «'Africa/Lagoss'|'Africa/Lagos'») AS c\nFROM {{ref \"orders\"}}",
    says: /Invalid time zone: Africa\/Lagoss/,
  },
  {
    is: 'a day that no calendar has',
    sql: 'SELECT id,\n  «DATE(2023, 2, 30)|DATE(2023, 2, 28)» AS c\nFROM {{ref "orders"}}',
    says: /invalid date: 2023-02-30/,
  },
  {
    is: 'a text that is no number',
    sql: "SELECT id,\n  «CAST('1,5' AS INT64)|SAFE_CAST('1,5' AS INT64)» AS c\nFROM {{ref \"orders\"}}",
    says: /Bad int64 value: 1,5/,
  },
  {
    is: 'a number that is too large',
    sql: "SELECT id\nFROM {{ref \"orders\"}}\nWHERE amount < «CAST('1e40' AS NUMERIC)|CAST('1e20' AS NUMERIC)»",
    says: /Invalid NUMERIC value: 1e40/,
  },
  {
    is: 'a division by a zero that is written',
    sql: 'SELECT id,\n  «DIV(7, 0)|IF(id = \'x\', DIV(7, 0), 1)» AS c\nFROM {{ref "orders"}}',
    says: /division by zero/,
  },
  {
    is: 'a column that is required and always NULL',
    files: {
      ...simple(
        "['id', 'STRING', 'd', 'REQUIRED'],\n    ['«code', 'STRING', 'd', 'REQUIRED|code', 'STRING', 'd», 'NULLABLE'],".replace(
          "d», 'NULLABLE'",
          "d', 'NULLABLE»'",
        ),
      ),
      'models/m.sql': 'SELECT id, code\nFROM (SELECT id, CAST(NULL AS STRING) AS code FROM {{ref "orders"}})',
    },
    says: /m: column code is declared REQUIRED, but models\/m.sql gives NULL in every row/,
    hint: /It is declared at assets\/m.ts:11:7/,
    other: { file: 'models/m.sql', line: 2, column: 18 },
  },
  {
    is: 'a required column that both branches leave out',
    files: {
      ...simple("['id', 'STRING', 'd', 'REQUIRED'],\n    ['«n', 'INT64', 'd', 'REQUIRED'],|n', 'INT64', 'd'],»"),
      'models/m.sql':
        'WITH a AS (SELECT id, NULL AS n FROM {{ref "orders"}})\nSELECT id, n + 1 AS n FROM a UNION ALL SELECT id, NULLIF(n, n) FROM {{ref "orders"}}',
    },
    says: /column n is declared REQUIRED/,
    other: { file: 'models/m.sql', line: 2, column: 21 },
  },
  // Numbers that no row takes.
  {
    is: 'rows before by a negative number',
    sql: `SELECT id,
  LAG(n, «-1|1») OVER (ORDER BY day, id) AS c
FROM {{ref "orders"}}`,
    says: /offset to the function LAG must not be negative/,
  },
  {
    is: 'rows after by a negative number',
    sql: `SELECT id,
  LEAD(n, «-2|2») OVER (ORDER BY day, id) AS c
FROM {{ref "orders"}}`,
    says: /offset to the function LEAD must not be negative/,
  },
  {
    is: 'an element before the first',
    sql: `SELECT id,
  lines[OFFSET(«-1|0»)].sku AS c
FROM {{ref "orders"}}`,
    says: /Array index -1 is out of bounds/,
  },
  {
    is: 'an element counted from one, of zero',
    sql: `SELECT id,
  lines[ORDINAL(«0|1»)].sku AS c
FROM {{ref "orders"}}`,
    says: /Array index 0 is out of bounds/,
  },
  {
    is: 'a part of a text of negative length',
    sql: `SELECT id,
  SUBSTR(id, 1, «-1|1») AS c
FROM {{ref "orders"}}`,
    says: /Third argument in SUBSTR\(\) cannot be negative/,
  },
  {
    is: 'the left of a text by a negative number',
    sql: `SELECT id,
  LEFT(id, «-1|1») AS c
FROM {{ref "orders"}}`,
    says: /Second argument in LEFT\(\) cannot be negative/,
  },
  {
    is: 'padding with nothing',
    sql: `SELECT id,
  LPAD(id, 5, «''|'0'») AS c
FROM {{ref "orders"}}`,
    says: /pad pattern\) for LPAD.RPAD cannot be empty/,
  },
  {
    is: 'a search from nowhere',
    sql: `SELECT id,
  INSTR(id, 'a', «0|1») AS c
FROM {{ref "orders"}}`,
    says: /Position must be non-zero/,
  },
  {
    is: 'an occurrence counted from zero',
    sql: `SELECT id,
  REGEXP_EXTRACT(id, 'a', 1, «0|1») AS c
FROM {{ref "orders"}}`,
    says: /Occurrence must be positive/,
  },
  {
    is: 'a group that the pattern has not',
    sql: String.raw`SELECT id,
  REGEXP_REPLACE(id, r'(a)', «r'\2'|r'\1'») AS c
FROM {{ref "orders"}}`,
    says: /requests 2 matches, but the regexp only has 1/,
  },
  {
    is: 'a row of numbers without a step',
    sql: `SELECT id,
  ARRAY_LENGTH(GENERATE_ARRAY(1, n, «0|2»)) AS c
FROM {{ref "orders"}}`,
    says: /Sequence step cannot be 0/,
  },
  {
    is: 'a row of days without a step',
    sql: `SELECT id,
  ARRAY_LENGTH(GENERATE_DATE_ARRAY(day, day, INTERVAL «0|1» DAY)) AS c
FROM {{ref "orders"}}`,
    says: /Sequence step cannot be 0/,
  },
  {
    is: 'a column divided by zero',
    sql: `SELECT id,
  amount / «0|100» AS c
FROM {{ref "orders"}}`,
    says: /division by zero/,
  },
  {
    is: 'a remainder of zero',
    sql: `SELECT id,
  MOD(n, «0|7») AS c
FROM {{ref "orders"}}`,
    says: /division by zero/,
  },
  {
    is: 'a month that no year has',
    sql: `SELECT id,
  DATE(n, «13|12», 1) AS c
FROM {{ref "orders"}}`,
    says: /Input calculates to invalid date: 2024-13-01/,
  },
  {
    is: 'an hour that no day has',
    sql: `SELECT id,
  TIME(«24|23», n, 0) AS c
FROM {{ref "orders"}}`,
    says: /Input calculates to invalid time/,
  },
  {
    is: 'a shift the wrong way',
    sql: `SELECT id,
  n << «-1|1» AS c
FROM {{ref "orders"}}`,
    says: /Bitwise shift by negative offset/,
  },
  {
    is: 'bounds out of order',
    sql: `SELECT id,
  RANGE_BUCKET(n, «[10, 5]|[5, 10]») AS c
FROM {{ref "orders"}}`,
    says: /must be in ascending order/,
  },
  {
    is: 'a letter that is translated twice, beside zeros that may be meant',
    sql: `SELECT id,
  IF(n = 1, NULL, DIV(n, 0)) AS a, SAFE.SUBSTR(id, 1, -1) AS b, lines[SAFE_OFFSET(-1)].sku AS c,
  TRANSLATE(id, «'aa'|'ab'», 'bc') AS d
FROM {{ref "orders"}}`,
    says: /Duplicate character "a" in TRANSLATE/,
  },
  // Names.
  {
    is: 'a misspelt column',
    sql: 'SELECT\n  id,\n  «amuont|amount» AS a\nFROM {{ref "orders"}}',
    says: /Unrecognized name: amuont; Did you mean amount/,
  },
  { is: 'a column nobody has', sql: 'SELECT id,\n «zzz|day»\nFROM {{ref "orders"}}', says: /Unrecognized name: zzz/ },
  {
    is: 'a column of another table',
    sql: 'WITH r AS (SELECT rate FROM {{ref "rates"}})\nSELECT\n  «day|rate» FROM r',
    says: /Unrecognized name: day/,
  },
  {
    is: 'a column behind an alias',
    sql: 'SELECT o.id, o.«dya|day» FROM {{ref "orders"}} AS o',
    says: /Name dya not found inside o/,
    hint: /"day"/,
  },
  { is: 'an alias nobody gave', sql: 'SELECT\n  «p|o».id FROM {{ref "orders"}} AS o', says: /Unrecognized name: p/ },
  {
    is: 'an ambiguous name',
    sql: 'SELECT\n  «day|o.day»\nFROM {{ref "orders"}} AS o\nJOIN {{ref "rates"}} AS r ON r.day = o.day',
    says: /Column name day is ambiguous/,
  },
  {
    is: 'a name of two CTEs',
    sql: 'WITH a AS (SELECT id FROM {{ref "orders"}}),\n«a|b» AS (SELECT id FROM {{ref "orders"}})\nSELECT a.id FROM a',
    says: /Duplicate alias a for WITH subquery/,
  },
  {
    is: 'a table alias that is used twice',
    sql: 'SELECT o.id FROM {{ref "orders"}} AS o\nJOIN {{ref "rates"}} AS «o|r» ON TRUE',
    says: /Duplicate table alias o in the same FROM clause/,
  },
  {
    is: 'a field three levels down',
    sql: 'SELECT\n  id,\n  buyer.address.zip.«cdoe|code» AS code\nFROM {{ref "orders"}}',
    says: /cdoe/,
  },
  {
    is: 'a field of an array element',
    sql: 'SELECT id, line.«qantity|quantity» AS q\nFROM {{ref "orders"}}, UNNEST(lines) AS line',
    says: /qantity/,
  },
  {
    is: 'a function nobody has',
    sql: 'SELECT id,\n  «COALLESCE|COALESCE»(note, \'\') AS note FROM {{ref "orders"}}',
    says: /Function not found: COALLESCE; Did you mean coalesce/,
  },
  {
    is: 'a table by its bare name that is no dep',
    sql: 'SELECT a.id FROM {{ref "orders"}} AS a\nJOIN «ordres|rates» AS b ON b.day = a.day',
    says: /Table not found: ordres/,
  },
  {
    is: 'a CTE that is read before it is there',
    sql: 'WITH a AS (SELECT id FROM «b|{{ref "orders"}}»),\nb AS (SELECT id FROM {{ref "orders"}})\nSELECT id FROM a',
    says: /Table not found: b/,
    line: true,
  },
  {
    is: 'EXCEPT of a column that is not there',
    sql: 'SELECT * EXCEPT (doc, buyer, lines, «noote|note»)\nFROM {{ref "orders"}}',
    says: /noote/,
  },
  {
    is: 'a window nobody named',
    sql: 'SELECT id, SUM(n) OVER «x|w» AS s FROM {{ref "orders"}}\nWINDOW w AS (PARTITION BY id)',
    says: /Unrecognized window alias x/,
  },
  // Types.
  {
    is: 'a wrong type',
    sql: 'SELECT id,\n  «note + 1|n + 1» AS x FROM {{ref "orders"}}',
    says: /No matching signature for operator \+/,
  },
  {
    is: 'a wrong argument',
    sql: 'SELECT id,\n  «UPPER(n)|UPPER(note)» AS x FROM {{ref "orders"}}',
    says: /No matching signature for function UPPER/,
  },
  {
    is: 'too many arguments',
    sql: 'SELECT id,\n  «UPPER(note, 1)|UPPER(note)» AS x FROM {{ref "orders"}}',
    says: /No matching signature for function UPPER/,
  },
  {
    is: 'dates compared with numbers',
    sql: 'SELECT id FROM {{ref "orders"}}\nWHERE «day = n|n = n»',
    says: /No matching signature for operator =/,
  },
  {
    is: 'WHERE without a truth',
    sql: 'SELECT id FROM {{ref "orders"}}\nWHERE «n|n = 1»',
    says: /WHERE clause should return type BOOL/,
  },
  {
    is: 'a CASE of unlike types',
    sql: 'SELECT id,\n  «CASE WHEN n = 1 THEN note ELSE n END|CASE WHEN n = 1 THEN n ELSE n END» AS x\nFROM {{ref "orders"}}',
    says: /No matching signature|common supertype/,
  },
  {
    is: 'IN of unlike types',
    sql: "SELECT id FROM {{ref \"orders\"}}\nWHERE «n IN ('a', 'b')|n IN (1, 2)»",
    says: /No matching signature for operator IN|Could not cast/,
    line: true,
  },
  {
    is: 'a value without a name for a partial',
    files: {
      ...asset('m'),
      'sql/partials/part.sql': 'ROUND({{c}})',
      'models/m.sql': 'SELECT id,\n  {{> part «"amount"|c="amount"»}} AS c\nFROM {{ref "orders"}}',
    },
    says: /\{\{> part\}\} is given a value without a name/,
    hint: /name="amount"/,
    line: true,
  },
  {
    is: 'a column without quotes for a partial',
    files: {
      ...asset('m'),
      'sql/partials/part.sql': 'ROUND({{c}})',
      'models/m.sql': 'SELECT id,\n  {{> part «c=amount|c="amount"»}} AS c\nFROM {{ref "orders"}}',
    },
    says: /c=amount gives "amount", which a model is not given/,
    hint: /c="amount"/,
  },
  {
    is: 'a helper of Handlebars that writes nothing here',
    sql: 'SELECT id,\n  «{{lookup a "b"}}|1» AS c\nFROM {{ref "orders"}}',
    says: /There is no helper "lookup"/,
  },
  {
    is: 'a helper with brackets',
    sql: 'SELECT id\nFROM «{{ ref(\'orders\') }}|{{ref "orders"}}»',
    says: /does not parse: nothing/,
    hint: /without brackets/,
    line: true,
  },
  {
    is: 'arguments with commas',
    files: {
      ...asset('m'),
      'sql/partials/part.sql': '{{c}} + {{d}}',
      'models/m.sql': 'SELECT id,\n  {{> part c="n"«, d|d d»="n"}} AS c\nFROM {{ref "orders"}}'.replace('d d', ' d'),
    },
    says: /does not parse: nothing/,
    hint: /not by commas/,
    line: true,
  },
  {
    is: 'a comment of Jinja',
    sql: '«{# all #}|{{!-- all --}}»\nSELECT id FROM {{ref "orders"}}',
    says: /Unexpected "\{"/,
    hint: /not of it/,
  },
  {
    is: 'a reference as Dataform writes it',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the mistake itself.
    sql: 'SELECT id\nFROM «${ref("orders")}|{{ref "orders"}}»',
    says: /Illegal input character/,
    hint: /is not replaced/,
  },
  {
    is: 'a partial that ends in a comment',
    files: {
      ...asset('m'),
      'sql/partials/part.sql': 'n -- a number',
      'models/m.sql': 'SELECT id, ({{> part}}) AS x\n«FROM {{ref "orders"}}|) AS x FROM {{ref "orders"}}»',
    },
    says: /Syntax error/,
    hint: /A comment at the end of sql\/partials\/part.sql takes in what follows it: "\) AS x"/,
  },
  {
    is: 'a union of unlike types',
    sql: 'SELECT id, day FROM {{ref "orders"}}\nUNION ALL\n«SELECT day, id|SELECT id, day» FROM {{ref "orders"}}',
    says: /incompatible types/,
    line: true,
  },
  {
    is: 'a union of unlike types, in the third branch and its second column',
    sql: 'WITH a AS (SELECT 1 AS x)\nSELECT id, n FROM {{ref "orders"}}\nUNION ALL SELECT id, amount FROM {{ref "orders"}}\nUNION ALL SELECT id,\n  «day|x»\nFROM {{ref "orders"}} CROSS JOIN a',
    says: /Column 2 in UNION ALL has incompatible types: INT64, NUMERIC, DATE/,
  },
  {
    is: 'a union of which the first branch is unlike the others, in a CTE',
    sql: 'WITH a AS (\n  SELECT «day|id» AS x FROM {{ref "orders"}}\n  UNION ALL\n  SELECT id FROM {{ref "orders"}} UNION ALL (SELECT note FROM {{ref "orders"}})\n)\nSELECT x FROM a',
    says: /incompatible types: DATE, STRING, STRING/,
  },
  {
    is: 'a union that does not say of what',
    sql: 'SELECT id FROM {{ref "orders"}}\n«UNION|UNION ALL»\nSELECT note FROM {{ref "orders"}}',
    says: /Expected keyword ALL or keyword DISTINCT/,
    hint: /UNION ALL, or UNION DISTINCT/,
  },
  {
    is: 'rows put in order before they are united',
    sql: 'SELECT id FROM {{ref "orders"}} ORDER BY 1\n«UNION ALL SELECT note FROM {{ref "orders"}}|»',
    says: /but got keyword UNION/,
    hint: /behind the last branch/,
  },
  {
    is: 'an option that a function has not',
    sql: "SELECT id,\n  PARSE_JSON(id, wide_number_mode => «'rond'|'round'») AS c\nFROM {{ref \"orders\"}}",
    says: /Invalid `wide_number_mode`/,
  },
  {
    is: 'a percentile of a group, which BigQuery has of windows alone',
    sql: 'SELECT\n  «PERCENTILE_CONT(weight, 0.5)|ANY_VALUE(weight)» AS c,\n  MAX(p) AS p\nFROM (SELECT weight, PERCENTILE_DISC(weight, 0.5 IGNORE NULLS) OVER () AS p FROM {{ref "orders"}})',
    says: /PERCENTILE_CONT cannot be called without an OVER clause/,
  },
  {
    is: 'a recursion without doubles',
    sql: 'WITH RECURSIVE a AS (\n  SELECT 1 AS x\n  «UNION DISTINCT|UNION ALL» SELECT x + 1 FROM a WHERE x < 3\n)\nSELECT id, x FROM {{ref "orders"}} CROSS JOIN a',
    says: /must be combined by UNION ALL/,
  },
  {
    is: 'an outer join by nothing that is equal',
    sql: 'SELECT a.id FROM {{ref "orders"}} AS a\n«FULL JOIN {{ref "orders"}} AS b ON a.day < b.day|FULL JOIN {{ref "orders"}} AS b ON a.id = b.id AND a.day < b.day»',
    says: /FULL OUTER JOIN cannot be used without a condition that is an equality of fields from both sides/,
  },
  {
    is: 'an outer join by one of two equalities',
    sql: 'SELECT a.id FROM {{ref "orders"}} AS a\n«LEFT JOIN {{ref "orders"}} AS b ON a.id = b.id OR a.note = b.note|LEFT JOIN {{ref "orders"}} AS b ON (a.id = b.id AND a.n > 1) OR (b.id = a.id AND a.n < b.n)»',
    says: /LEFT OUTER JOIN cannot be used/,
  },
  {
    is: 'an outer join by either of two equalities, beside one that takes NULL for equal',
    sql: 'SELECT a.id FROM {{ref "orders"}} AS a\n«LEFT JOIN {{ref "orders"}} AS b ON a.id = b.id OR a.note = b.note|LEFT JOIN {{ref "orders"}} AS b ON a.id = b.id OR (a.id IS NULL AND b.id IS NULL)»',
    says: /LEFT OUTER JOIN cannot be used/,
  },
  {
    is: 'an outer join by a range',
    // What a WHERE asks of its right side may make an inner join of it; a side of one row, or of what is unnested, and a condition of one side are none of ours.
    sql: `WITH s AS (SELECT MAX(day) AS d FROM {{ref "orders"}})
SELECT a.id FROM {{ref "orders"}} AS a
«RIGHT JOIN {{ref "orders"}} AS b ON a.day BETWEEN b.day AND b.day|LEFT JOIN {{ref "orders"}} AS b ON a.day < b.day»
LEFT JOIN s ON a.day < s.d LEFT JOIN UNNEST(a.lines) AS l ON l.quantity > a.n
LEFT JOIN {{ref "orders"}} AS c ON c.n > 1
LEFT JOIN {{ref "orders"}} AS d ON IF(d.id = a.id, TRUE, FALSE)
WHERE b.n > 1`,
    says: /RIGHT OUTER JOIN cannot be used/,
  },
  {
    is: 'SAFE before an aggregate',
    sql: 'SELECT «SAFE.SUM|SUM»(n) AS x, SAFE.LOG(MAX(n)) AS y FROM {{ref "orders"}}',
    says: /Function SUM does not support SAFE error mode/,
  },
  {
    is: 'a union of unlike widths',
    sql: 'SELECT id, day FROM {{ref "orders"}}\nUNION ALL\n«SELECT id|SELECT id, day» FROM {{ref "orders"}}',
    says: /mismatched column count/,
    line: true,
  },
  {
    is: 'a bad cast',
    sql: 'SELECT id,\n  «CAST(day AS INT64)|UNIX_DATE(day)» AS x FROM {{ref "orders"}}',
    says: /Invalid cast from DATE to INT64/,
    line: true,
  },
  {
    is: 'a bad literal',
    sql: "SELECT id FROM {{ref \"orders\"}}\nWHERE day = «DATE '2023-02-30'|DATE '2023-02-28'»",
    says: /Invalid DATE literal/,
  },
  {
    is: 'a number that is too large',
    sql: 'SELECT id,\n «99999999999999999999|9» AS x FROM {{ref "orders"}}',
    says: /Invalid integer literal/,
  },
  {
    is: 'a date part nobody has',
    sql: 'SELECT DATE_TRUNC(day, «MONHT|MONTH») AS m FROM {{ref "orders"}}',
    says: /MONHT/,
  },
  {
    is: 'a field of a text',
    sql: 'SELECT\n  «note.x|note» AS x FROM {{ref "orders"}}',
    says: /Cannot access field x on a value with type STRING/,
    line: true,
  },
  {
    is: 'UNNEST of no array',
    sql: 'SELECT id FROM {{ref "orders"}},\n  UNNEST(«note|lines») AS l',
    says: /must be arrays/,
  },
  {
    is: 'a type that is wrong three models further down',
    files: {
      ...asset('a', ['orders']),
      'models/a.sql': 'SELECT id, note AS value FROM {{ref "orders"}}',
      ...asset('b', ['a']),
      'models/b.sql': 'SELECT id, value AS worth FROM {{ref "a"}}',
      ...asset('c', ['b']),
      'models/c.sql': 'SELECT\n  id,\n  «ROUND(worth, 2)|LENGTH(worth)» AS x\nFROM {{ref "b"}}',
    },
    says: /No matching signature for function ROUND/,
  },
  {
    is: 'a column that an upstream model renamed',
    files: {
      ...asset('a', ['orders']),
      'models/a.sql': 'SELECT id, amount AS total FROM {{ref "orders"}}',
      ...asset('b', ['a']),
      'models/b.sql': 'SELECT id,\n  «amount|total»\nFROM {{ref "a"}}',
    },
    says: /Unrecognized name: amount/,
  },
  // Aggregates and windows.
  {
    is: 'an aggregate of an aggregate',
    sql: 'SELECT id, SUM(«COUNT(*)|n») AS x\nFROM {{ref "orders"}} GROUP BY id',
    says: /Aggregations of aggregations are not allowed/,
    line: true,
  },
  {
    is: 'a column that is neither grouped nor aggregated',
    sql: 'SELECT id,\n  «note|MAX(note)» AS x\nFROM {{ref "orders"}} GROUP BY id',
    says: /neither grouped nor aggregated/,
  },
  {
    is: 'an aggregate in WHERE',
    sql: 'SELECT id FROM {{ref "orders"}}\nWHERE «SUM(n) > 1|n > 1»',
    says: /Aggregate function SUM not allowed in WHERE clause/,
  },
  {
    is: 'a window in WHERE',
    sql: 'SELECT id FROM {{ref "orders"}}\nWHERE «ROW_NUMBER() OVER (ORDER BY id) = 1|n = 1»',
    says: /Analytic function not allowed in WHERE clause/,
  },
  {
    is: 'HAVING without a group',
    sql: 'SELECT id FROM {{ref "orders"}}\n«HAVING|WHERE» n > 1',
    says: /HAVING/,
    line: true,
  },
  {
    is: 'QUALIFY without a window',
    sql: 'SELECT id FROM {{ref "orders"}} WHERE TRUE\nQUALIFY «n = 1|ROW_NUMBER() OVER (ORDER BY id) = 1»',
    says: /QUALIFY/,
    line: true,
  },
  {
    is: 'ROW_NUMBER without OVER',
    sql: 'SELECT id,\n  «ROW_NUMBER()|ROW_NUMBER() OVER (ORDER BY id)» AS r FROM {{ref "orders"}}',
    says: /cannot be called without an OVER clause/,
  },
  {
    is: 'a group by a position that is not there',
    sql: 'SELECT id, COUNT(*) AS c FROM {{ref "orders"}}\nGROUP BY «3|1»',
    says: /out of SELECT-list range|GROUP BY/,
  },
  {
    is: 'a group by what cannot be grouped',
    sql: 'SELECT COUNT(*) AS c FROM {{ref "orders"}}\nGROUP BY «doc|id»',
    says: /not allowed|not supported|groupable/,
  },
  // Shape.
  {
    is: 'a comma before FROM that is one too many',
    sql: 'SELECT id, «,|»day FROM {{ref "orders"}}',
    says: /Syntax error: Expected end of input but got ","/,
  },
  {
    is: 'a bracket that is not closed',
    sql: 'SELECT ROUND(amount, 2«| )» AS a\nFROM {{ref "orders"}}',
    says: /Syntax error/,
    line: true,
  },
  {
    is: 'a text that is not closed',
    sql: "SELECT id, «'x|'x'» AS a\nFROM {{ref \"orders\"}}",
    says: /Unclosed string literal/,
  },
  { is: 'a keyword that is misspelt', sql: 'SELECT id «FORM|FROM» {{ref "orders"}}', says: /Syntax error/, line: true },
  { is: 'no SELECT', sql: '«-- nothing yet|SELECT id FROM {{ref "orders"}}»', says: /Unexpected end of/, line: true },
  {
    is: 'DDL',
    sql: '«CREATE TABLE x AS |»SELECT id FROM {{ref "orders"}}',
    says: /Statement not supported: CreateTable|not supported/,
  },
  { is: 'a second statement', sql: 'SELECT id FROM {{ref "orders"}}«;\nSELECT 1|»', says: /Syntax error/, line: true },
  {
    is: 'a join without ON',
    sql: 'SELECT o.id FROM {{ref "orders"}} AS o\nJOIN {{ref "rates"}} AS r«| ON r.day = o.day»',
    says: /Syntax error: Unexpected end|must have|INNER JOIN must/,
    line: true,
  },
  {
    is: 'a subquery with two columns',
    sql: 'SELECT id,\n  «(SELECT day, rate FROM {{ref "rates"}})|(SELECT MAX(rate) FROM {{ref "rates"}})» AS r FROM {{ref "orders"}}',
    says: /Scalar subquery cannot have more than one column/,
    line: true,
  },
  // Templates.
  {
    is: 'a ref that is not among the deps',
    files: {
      ...asset('m', ['orders']),
      'models/m.sql':
        'SELECT o.id\nFROM {{ref "orders"}} AS o JOIN «{{ref "rates"}}|{{ref "orders"}}» AS r ON r.day = o.day',
    },
    says: /which is not among the deps of m/,
  },
  {
    is: 'a ref that nobody declared',
    sql: 'SELECT id\nFROM «{{ref "order"}}|{{ref "orders"}}»',
    says: /which no file under assets\/ declares/,
    hint: /"orders"/,
  },
  {
    is: 'a ref to what is no table',
    files: { ...asset('m', ['orders']), 'models/m.sql': 'SELECT id\nFROM «{{ref "files"}}|{{ref "orders"}}»' },
    says: /of kind source and no table/,
  },
  {
    is: 'a model that reads itself',
    files: { ...asset('m', ['orders']), 'models/m.sql': 'SELECT id\nFROM «{{ref "m"}}|{{ref "orders"}}»' },
    says: /reads m itself/,
  },
  {
    is: 'a ref without quotes',
    sql: 'SELECT id\nFROM {{ref «orders|"orders"»}}',
    says: /takes one name in quotes/,
    line: true,
  },
  {
    is: 'a var nobody declared',
    sql: 'SELECT id, amount * «{{var "uds"}}|{{var "usd"}}» AS x FROM {{ref "orders"}}',
    says: /There is no variable "uds"/,
    hint: /"usd"/,
  },
  {
    is: 'a partial nobody wrote',
    sql: 'SELECT id,\n  «{{> to_ngm of="amount"}}|{{> to_ngn of="amount"}}» AS x FROM {{ref "orders"}}',
    says: /There is no partial "to_ngm"/,
    hint: /"to_ngn"/,
  },
  {
    is: 'a helper nobody has',
    sql: 'SELECT id\nFROM «{{rref "orders"}}|{{ref "orders"}}»',
    says: /There is no helper "rref"/,
    hint: /"ref"/,
    line: true,
  },
  {
    is: 'a block of a model that asks for what nobody gives',
    sql: 'SELECT id,\n  «{{#if note}}n, {{/if}}|»day\nFROM {{ref "orders"}}',
    says: /\{\{#if note\}\} asks for "note", which a model is not given/,
  },
  {
    is: 'a name in a tag that is not closed',
    sql: 'SELECT o.id\nFROM «{{ref "orders}}|{{ref "orders"}}» AS o\nCROSS JOIN {{ref "rates"}} AS r',
    says: /The text in \{\{ref "orders\}\} is not closed by "/,
  },
  {
    is: 'a brace too many behind a tag',
    sql: 'SELECT id\nFROM {{ref "orders"}}«}|» AS o',
    says: /^\{\{ref "orders"\}\}\} has one \} too many\.$/,
  },
  {
    is: 'a brace too many before a tag',
    sql: 'SELECT id\nFROM «{|»{{ref "orders"}} AS o',
    says: /^\{\{\{ref "orders"\}\} has one \{ too many\.$/,
  },
  {
    is: 'a tag that is not closed',
    sql: 'SELECT id\nFROM «{{ref "orders"}|{{ref "orders"}}»\nWHERE n = 1',
    says: /does not parse|is not closed/,
    line: true,
  },
  {
    is: 'a block that is not closed',
    sql: 'SELECT id FROM {{ref "orders"}}\n«{{#if true}}|{{#if true}}{{/if}}»\nWHERE n = 1',
    says: /./,
    line: true,
  },
  {
    is: 'a block that is closed by another name',
    sql: 'SELECT id FROM {{ref "orders"}}\n{{#if true}}«{{/each}}|{{/if}}»',
    says: /./,
    line: true,
  },
  {
    is: 'a misspelt column in a partial',
    files: {
      ...asset('m'),
      'models/m.sql': 'SELECT id,\n  {{> line_total}} AS x\nFROM {{ref "orders"}}',
      'sql/partials/line_total.sql': '-- n times price\nCAST(n AS FLOAT64)\n  * «wieght|weight»',
    },
    says: /Unrecognized name: wieght/,
    hint: /included at models\/m.sql:2:3/,
  },
  {
    is: 'a misspelt column that a partial is given',
    sql: 'SELECT id,\n  {{> to_ngn of="«amuont|amount»"}} AS x\nFROM {{ref "orders"}}',
    says: /Unrecognized name: amuont/,
  },
  {
    is: 'a wrong type that a partial is given',
    files: {
      ...asset('m'),
      'models/m.sql': 'SELECT id, {{> twice of="n"}} AS x FROM {{ref "orders"}}',
      'sql/partials/twice.sql': '{{! Takes of. }}\n«UPPER({{of}})|(2 * {{of}})»',
    },
    says: /No matching signature for function UPPER/,
  },
  {
    is: 'what a partial was not given',
    files: {
      ...asset('m'),
      'models/m.sql': 'SELECT id, {{> twice «off|of»="n"}} AS x FROM {{ref "orders"}}',
      'sql/partials/twice.sql': '(2 * {{of}})',
    },
    says: /"of"/,
    line: true,
  },
  {
    is: 'a partial within a partial',
    files: {
      ...asset('m'),
      'models/m.sql': 'SELECT id,\n  {{> outer of="n"}} AS x FROM {{ref "orders"}}',
      'sql/partials/outer.sql': '1 +\n  {{> inner of=of}}',
      'sql/partials/inner.sql': '2 *\n\n  «LENTH(note)|LENGTH(note)» * {{of}}',
    },
    says: /Function not found: LENTH/,
  },
  {
    is: 'a partial that does not parse',
    files: {
      ...asset('m'),
      'models/m.sql': 'SELECT id, {{> twice of="n"}} AS x FROM {{ref "orders"}}',
      'sql/partials/twice.sql': '(2 *\n «{{of}|{{of}}»)',
    },
    says: /./,
    line: true,
  },
  // Contracts.
  {
    is: 'a column that is declared and not made',
    files: {
      ...simple("['id', 'STRING', 'd'],\n    ['«amuont|amount»', 'NUMERIC', 'd'],"),
      'models/m.sql': 'SELECT id, amount FROM {{ref "orders"}}',
    },
    says: /column amuont is declared/,
    hint: /"amount"/,
    line: true,
  },
  {
    is: 'a column of another type than declared',
    files: {
      ...simple("['id', 'STRING', 'd'],\n    ['n', 'INT64', 'd'],"),
      'models/m.sql': 'SELECT id,\n  «CAST(n AS STRING) AS n|n»\nFROM {{ref "orders"}}',
    },
    says: /n is declared INT64, but models\/m.sql gives STRING/,
    hint: /It is declared at assets\/m.ts:11:7/,
  },
  {
    is: 'a column whose type a CTE above changed',
    files: {
      ...simple("['id', 'STRING', 'd'],\n    ['n', 'INT64', 'd'],"),
      'models/m.sql':
        'WITH typed AS (\n  SELECT id,\n    «CAST(n AS FLOAT64) AS n|n»\n  FROM {{ref "orders"}}\n)\nSELECT id,\n  n\nFROM typed',
    },
    says: /n is declared INT64, but models\/m.sql gives FLOAT64/,
  },
  {
    is: 'a column whose type a partial changed',
    files: {
      ...simple("['id', 'STRING', 'd'],\n    ['n', 'INT64', 'd'],"),
      'models/m.sql': 'SELECT id,\n  {{> whole of="n"}} AS n\nFROM {{ref "orders"}}',
      'sql/partials/whole.sql': '{{! Takes of. }}\n«CAST({{of}} AS NUMERIC)|CAST({{of}} AS INT64)»',
    },
    says: /n is declared INT64, but models\/m.sql gives NUMERIC/,
  },
  {
    is: 'a declaration that says another type than the model gives',
    files: {
      ...simple("['id', 'STRING', 'd'],\n    ['«n', 'STRING|n', 'INT64»', 'd'],"),
      'models/m.sql': 'SELECT id, n FROM {{ref "orders"}}',
    },
    says: /n is declared STRING, but models\/m.sql gives INT64/,
    other: { file: 'models/m.sql', line: 1, column: 12 },
  },
  {
    is: 'a column that is made and not declared',
    files: { ...simple("['id', 'STRING', 'd'],"), 'models/m.sql': 'SELECT\n  id«,\n  note|»\nFROM {{ref "orders"}}' },
    says: /gives column note, which is not declared/,
    line: true,
  },
  {
    is: 'a declared type that is none',
    files: {
      ...simple("['id', 'STRING', 'd'],\n    ['«n', 'INTEGR|n', 'INT64»', 'd'],"),
      'models/m.sql': 'SELECT id, n FROM {{ref "orders"}}',
    },
    says: /"INTEGR" is not a type/,
  },
  {
    is: 'a STRUCT with another field than declared',
    files: {
      ...simple("['«id', 'STRUCT<a STRING, b STRING>|id', 'STRUCT<a STRING, b INT64>»', 'd'],"),
      'models/m.sql': 'SELECT STRUCT(note AS a, n AS b) AS id FROM {{ref "orders"}}',
    },
    says: /gives STRUCT<a STRING, b INT64>/,
    other: { file: 'models/m.sql', line: 1, column: 37 },
  },
  {
    is: 'a partition column that the model does not give',
    files: {
      ...asset('m', ['orders'], ",\n  partition: daily('«dya|day»')"),
      'models/m.sql': 'SELECT id, day FROM {{ref "orders"}}',
    },
    says: /is partitioned by column "dya"/,
    hint: /"day"/,
  },
  {
    is: 'a partition column of a wrong type',
    files: {
      ...asset('m', ['orders'], ",\n  partition: daily('«note|day»')"),
      'models/m.sql': 'SELECT id, day, note FROM {{ref "orders"}}',
    },
    says: /must be DATE and is STRING/,
  },
  {
    is: 'a check of a column that is not there',
    files: {
      ...asset('m', ['orders'], ",\n  checks: [\n    unique('id'),\n    notNull('«dya|day»')]"),
      'models/m.sql': 'SELECT id, day FROM {{ref "orders"}}',
    },
    says: /is checked \(not-null\) by column "dya"/,
  },
  {
    is: 'a reference to a column that another model does not give',
    files: {
      ...asset('a', ['orders']),
      'models/a.sql': 'SELECT id FROM {{ref "orders"}}',
      ...asset('m', ['a'], ", checks: [refersTo('id', 'a', { key: '«idd|id»' })]"),
      'models/m.sql': 'SELECT id FROM {{ref "a"}}',
    },
    says: /m refers to "a" by column "idd", which "a" does not give/,
    hint: /"id"/,
  },
  {
    is: 'an expression check that is wrong',
    files: {
      ...asset(
        'm',
        ['orders'],
        ",\n  checks: [\n    unique('id'),\n    expression('positive', '«amuont|amount» > 0')]",
      ),
      'models/m.sql': 'SELECT id, amount FROM {{ref "orders"}}',
    },
    says: /Check "positive" of m: Unrecognized name: amuont/,
  },
  {
    is: 'columns that a star doubles, told once',
    sql: 'SELECT a.*, «b.*|b.rate»\nFROM (SELECT id, day, n FROM {{ref "orders"}}) AS a JOIN {{ref "rates"}} AS b ON a.day = b.day JOIN {{ref "orders"}} AS o ON TRUE',
    says: /Duplicate column name day: a table/,
    hint: /EXCEPT/,
  },
  {
    is: 'two fields of one name, deep in an array',
    sql: 'SELECT id,\n  [STRUCT(STRUCT(id AS v, «n AS v|n AS t») AS s)] AS l\nFROM {{ref "orders"}}',
    says: /Duplicate field name v in column l/,
    line: true,
  },
  {
    is: 'two columns of one name',
    sql: 'SELECT\n  o.day,\n  r.rate,\n  r.«day|day AS other_day»\nFROM {{ref "orders"}} AS o JOIN {{ref "rates"}} AS r ON r.day = o.day',
    says: /Duplicate column name day/,
  },
  {
    is: 'a column without a name',
    sql: 'SELECT id,\n  «n + 1|n + 1 AS n1»\nFROM {{ref "orders"}}',
    says: /Column 2 of m has no name/,
  },
  {
    is: 'a hint by a column that is not there',
    files: {
      ...asset('m', ['orders'], ", partition: daily('day')"),
      'models/m.sql': 'SELECT id, day FROM {{ref "orders"}}\nWHERE «{{in_partitions "dya"}}|{{in_partitions "day"}}»',
    },
    says: /Unrecognized name: dya/,
  },
  // Declarations.
  {
    is: 'a dep that nobody declared',
    files: {
      'assets/m.ts':
        "import { model } from 'pulse';\nexport default model({\n  name: 'm',\n  description: 'd',\n  deps: [\n    '«order|orders»',\n  ],\n  model: 'm.sql',\n});\n",
      'models/m.sql': 'SELECT 1 AS one',
    },
    says: /reads "order", which no file under assets\/ declares/,
    hint: /"orders"/,
  },
  {
    is: 'a template that is not there',
    files: {
      'assets/m.ts':
        "import { model } from 'pulse';\nexport default model({\n  name: 'm',\n  description: 'd',\n  deps: ['orders'],\n  model: '«mm|m».sql',\n});\n",
      'models/m.sql': 'SELECT 1 AS one',
    },
    says: /There is no models\/mm.sql/,
    line: true,
  },
  // Queries.
  {
    is: 'a query over a column that is not there',
    files: { 'sql/analytics/1.sql': 'SELECT day,\n  «amuont|amount» FROM orders' },
    says: /Unrecognized name: amuont/,
  },
  {
    is: 'a query over a table that is not there',
    files: { 'sql/analytics/1.sql': 'SELECT day\nFROM «ordres|orders»' },
    says: /Table not found: ordres/,
  },
  // What BigQuery has not.
  {
    is: 'arrays that are compared',
    sql: 'SELECT id FROM {{ref "orders"}}\nWHERE «lines = lines|id = id»',
    says: /Equality is not defined for arguments of type ARRAY/,
  },
  {
    is: 'a set operation that BigQuery has not',
    sql: 'SELECT id FROM {{ref "orders"}}\n«INTERSECT ALL|INTERSECT DISTINCT»\nSELECT note FROM {{ref "orders"}}',
    says: /INTERSECT ALL is not supported/,
    hint: /INTERSECT DISTINCT/,
  },
  {
    is: 'a function of GoogleSQL that BigQuery has not',
    sql: 'SELECT id,\n  «ARRAY_SUM([n, n])|(SELECT SUM(x) FROM UNNEST([n, n]) AS x)» AS s FROM {{ref "orders"}}',
    says: /Function not found: ARRAY_SUM/,
    hint: /FROM UNNEST/,
  },
  {
    is: 'a function for arrays that is newer in GoogleSQL than BigQuery takes it',
    sql: 'SELECT id,\n  «ARRAY_LAST_N([n, n], 1)|ARRAY_SLICE([n, n], -1, -1)» AS l FROM {{ref "orders"}}',
    says: /Function not found: ARRAY_LAST_N/,
    hint: /BigQuery has none\. Write ARRAY_SLICE\(array, -n, -1\)/,
  },
  {
    is: 'the same in a query of sql/',
    files: {
      'sql/analytics/1.sql': 'SELECT day FROM orders WHERE n IN UNNEST(«ARRAY_FILTER([1, 2], e -> e > 1)|[2]»)',
    },
    says: /Function not found: ARRAY_FILTER/,
  },
  {
    is: 'a clustering that BigQuery has not',
    files: {
      ...asset('m', ['orders'], ",\n  clusterBy: ['«weight|id»']"),
      'models/m.sql': 'SELECT id, weight FROM {{ref "orders"}}',
    },
    says: /is clustered by weight, which is FLOAT64/,
  },
  {
    is: 'a property that is misspelt',
    files: {
      ...asset('m', ['orders'], ",\n  «partiton|partition»: daily('day')"),
      'models/m.sql': 'SELECT id, day FROM {{ref "orders"}} WHERE {{in_partitions "day"}}',
    },
    says: /"m" declares "partiton", which is nothing of a model/,
    hint: /"partition"/,
  },
  {
    is: 'a mode that is none',
    files: {
      ...simple("['«id', 'STRING', 'd', 'NOTNULL|id', 'STRING', 'd', 'REQUIRED»'],"),
      'models/m.sql': 'SELECT id FROM {{ref "orders"}}',
    },
    says: /declares the column "id" as NOTNULL, which is no mode/,
  },
  {
    is: 'a CTE that is misspelt',
    sql: 'WITH paid AS (SELECT id FROM {{ref "orders"}})\nSELECT id FROM «payd|paid»',
    says: /Table not found: payd/,
    hint: /"paid"/,
  },
  {
    is: 'rows in the order of an array',
    sql: 'SELECT id, FIRST_VALUE(n) OVER (PARTITION BY day ORDER BY id, «lines|n») AS f\nFROM {{ref "orders"}}',
    says: /ORDER BY does not support expressions of type ARRAY<STRUCT|Ordering by expressions of type ARRAY/,
  },
  {
    is: 'rows in the order of an array that is made there',
    sql: 'SELECT id, ROW_NUMBER() OVER (ORDER BY day) AS r FROM {{ref "orders"}}\n«ORDER BY [n]|ORDER BY n»',
    says: /ORDER BY does not support expressions of type ARRAY<INT64>/,
    line: true,
  },
  {
    is: 'the largest of arrays',
    sql: 'SELECT day, «MAX([n])|MAX(n)» AS f\nFROM {{ref "orders"}} GROUP BY day',
    says: /MAX is not defined for arguments of type ARRAY<INT64>/,
  },
  // Templates and texts as teams write them.
  {
    is: 'what a partial hands down to another',
    files: {
      ...asset('m'),
      'sql/partials/outer.sql': `UPPER({{> inner column=col}})`,
      'sql/partials/inner.sql': `TRIM({{column}})`,
      'models/m.sql': `SELECT id,
  {{> outer col="«noet|note»"}} AS x FROM {{ref "orders"}}`,
    },
    says: /Unrecognized name: noet/,
  },
  {
    is: 'the branch of a partial that is taken',
    files: {
      ...asset('m'),
      'sql/partials/part.sql': `{{#unless raw}}note{{else}}
  «noet|note»
{{/unless}}`,
      'models/m.sql': `SELECT id, {{> part raw="yes"}} AS x FROM {{ref "orders"}}`,
    },
    says: /Unrecognized name: noet/,
  },
  {
    is: 'behind a tag that takes the spaces around it',
    files: {
      ...asset('m'),
      'sql/partials/part.sql': ` LENGTH(note) AS x `,
      'models/m.sql': `SELECT id,
  {{~> part ~}}
  , «noet|note» AS y FROM {{ref "orders"}}`,
    },
    says: /Unrecognized name: noet/,
  },
  {
    is: 'behind a partial alone on its line',
    files: {
      ...asset('m'),
      'sql/partials/part.sql': `note,
  LENGTH(note) AS l
`,
      'models/m.sql': `SELECT id,
    {{> part}}
  , «noet|n» AS z FROM {{ref "orders"}}`,
    },
    says: /Unrecognized name: noet/,
  },
  {
    is: 'a misspelt partial in a partial',
    files: {
      ...asset('m'),
      'sql/partials/part.sql': `UPPER(
  «{{> inne}}|{{> inner}}»)`,
      'sql/partials/inner.sql': `note`,
      'models/m.sql': `SELECT id, {{> part}} AS x FROM {{ref "orders"}}`,
    },
    says: /There is no partial "inne"/,
  },
  {
    is: 'tabs before it',
    sql: `SELECT
	id,
		«noet|note» AS x
FROM {{ref "orders"}}`,
    says: /Unrecognized name: noet/,
  },
  {
    is: 'letters of two units before it on the line',
    sql: `SELECT '🐎 žluť 日本' AS s, «noet|note» AS x FROM {{ref "orders"}}`,
    says: /Unrecognized name: noet/,
  },
  {
    is: 'the last line, which nothing ends',
    sql: `SELECT id
FROM {{ref "orders"}}
WHERE «noet|note» = 'x'`,
    says: /Unrecognized name: noet/,
  },
  {
    is: 'quotes of a word processor',
    sql: `SELECT id FROM {{ref "orders"}}
WHERE note = «‘x’|'x'»`,
    says: /./,
  },
  {
    is: 'a script',
    sql: `«DECLARE x INT64;|» SELECT id FROM {{ref "orders"}}`,
    says: /Statement not supported|Syntax error/,
  },
  {
    is: 'a table of all tables',
    sql: `SELECT * FROM «INFORMATION_SCHEMA.TABLES|{{ref "rates"}}»`,
    says: /Table not found: INFORMATION_SCHEMA/,
  },
  {
    is: 'a recursion that is not said',
    sql: `WITH «|RECURSIVE »a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a WHERE n < 3)
SELECT a.n, id FROM {{ref "orders"}} CROSS JOIN a`,
    says: /Table not found: a/,
    line: true,
  },
  {
    is: 'a cast of another dialect',
    sql: `SELECT id, note«::STRING|» AS x FROM {{ref "orders"}}`,
    says: /Syntax error/,
  },
  {
    is: 'values of JSON added',
    sql: `SELECT id, «doc.total + 1|INT64(doc.total) + 1» AS x FROM {{ref "orders"}}`,
    says: /No matching signature for operator \+/,
    line: true,
  },
  // What a declaration says of itself.
  {
    is: 'a column that is declared twice, told at the second',
    files: {
      ...simple("['id', 'STRING', 'd'],\n    ['«id|n»', 'STRING', 'd'],"),
      'models/m.sql': 'SELECT id, id AS n FROM {{ref "orders"}}',
    },
    says: /declares the column "id" twice/,
  },
  {
    is: 'a description that is no text',
    files: {
      ...simple(
        "['«id', 'STRING', true|id', 'STRING', 'd', 'REQUIRED'»],".replace(
          "|id', 'STRING', 'd', 'REQUIRED'»",
          "|id', 'STRING', 'd'»",
        ),
      ),
      'models/m.sql': 'SELECT id FROM {{ref "orders"}}',
    },
    says: /describes the column "id" by what is no text/,
  },
  {
    is: 'five columns of a clustering',
    files: {
      ...simple(
        "['a', 'STRING', 'd'], ['b', 'STRING', 'd'], ['c', 'STRING', 'd'], ['d', 'STRING', 'd'], ['e', 'STRING', 'd'],",
        "clusterBy: ['a', 'b', 'c', 'd'«, 'e'|»],",
      ),
      'models/m.sql': 'SELECT id AS a, id AS b, id AS c, id AS d, id AS e FROM {{ref "orders"}}',
    },
    says: /is clustered by 5 columns, and BigQuery takes 4/,
    line: true,
  },
  {
    is: 'a name that BigQuery keeps for itself',
    sql: 'SELECT id, n AS «_TABLE_n|table_n» FROM {{ref "orders"}}',
    says: /BigQuery takes no column _TABLE_n: names that start with _TABLE_ are its own/,
  },
  {
    is: 'a name with a letter that no column has',
    sql: 'SELECT id, n AS «`a.b`|`a-b`» FROM {{ref "orders"}}',
    says: /BigQuery takes no column a\.b: a name has no \./,
  },
  // Checks.
  {
    is: 'a value that the column cannot be',
    files: {
      ...simple("['n', 'INT64', 'd'],", "checks: [acceptedValues('«n', ['1', 'x'])],|n', ['1', '2'])],»"),
      'models/m.sql': 'SELECT n FROM {{ref "orders"}}',
    },
    says: /accepted-values compares n, which is INT64, with "x"/,
  },
  {
    is: 'a number that a text is compared with',
    files: {
      ...simple("['note', 'STRING', 'd'],", "checks: [range('«note', { min: 0 })],|note', { min: 'a' })],»"),
      'models/m.sql': 'SELECT note FROM {{ref "orders"}}',
    },
    says: /range compares note, which is STRING, with "0"/,
  },
  {
    is: 'an expression of several lines',
    files: {
      ...simple("['n', 'INT64', 'd'],", "checks: [expression('some', `n > 0\n    AND «nn|n» < 9 -- why`)],"),
      'models/m.sql': 'SELECT n FROM {{ref "orders"}}',
    },
    says: /Check "some" of m: Unrecognized name: nn/,
  },
  {
    is: 'an expression that closes what is around it',
    files: {
      ...simple("['n', 'INT64', 'd'],", "checks: [expression('some', 'n > 0 «) OR (TRUE|OR n < -5»')],"),
      'models/m.sql': 'SELECT n FROM {{ref "orders"}}',
    },
    says: /Check "some" of m: This \) closes nothing/,
  },
  {
    is: 'an aggregate in an expression of rows',
    files: {
      ...simple("['n', 'INT64', 'd'],", "checks: [expression('some', '«COUNT(n)|n» > 0')],"),
      'models/m.sql': 'SELECT n FROM {{ref "orders"}}',
    },
    says: /Check "some" of m: Aggregate function COUNT not allowed in WHERE clause/,
  },
  {
    is: 'a model that stands in another folder',
    files: {
      'assets/m.ts': `import { model } from 'pulse';\nexport default model({ name: 'm', description: 'd', deps: ['orders'], model: '«a|b»/m.sql' });`,
      'models/b/m.sql': 'SELECT id FROM {{ref "orders"}}',
    },
    says: /There is no models\/a\/m\.sql/,
    hint: /Did you mean "b\/m\.sql"/,
  },
  {
    is: 'a model that was renamed',
    files: {
      'assets/m.ts': `import { model } from 'pulse';\nexport default model({ name: 'm', description: 'd', deps: ['orders'], model: '«m|late_orders».sql' });`,
      'models/late_orders.sql': 'SELECT id FROM {{ref "orders"}}',
    },
    says: /There is no models\/m\.sql/,
    hint: /No asset names models\/late_orders\.sql: is that it/,
  },
  {
    is: 'a sum of more terms than a stack holds',
    sql: `SELECT id,\n  «${'n + '.repeat(1500)}|»n AS x\nFROM {{ref "orders"}}`,
    says: /^The query is nested too deeply: 1500 operators in one expression, here\.$/,
    line: true,
  },
  {
    is: 'a sum of more terms than the analyzer holds',
    sql: `SELECT id,\n  «${'n + '.repeat(20_000)}|»n AS x\nFROM {{ref "orders"}}`,
    says: /^The query is nested too deeply: 20000 operators in one expression, here\.$/,
    line: true,
  },
  // What DuckDB cannot be told.
  {
    is: 'what has no exact translation',
    sql: 'SELECT id,\n  «CAST(amount AS BIGNUMERIC)|CAST(amount AS NUMERIC)» AS x\nFROM {{ref "orders"}}',
    says: /DuckDB has no exact/,
    line: true,
  },
  {
    is: 'a sketch that no other engine has',
    sql: 'SELECT\n  «HLL_COUNT.INIT(id)|APPROX_COUNT_DISTINCT(id)» AS x\nFROM {{ref "orders"}}',
    says: /no exact translation of the aggregate function HLL_COUNT.INIT/,
    hint: /Use COUNT\(DISTINCT …\) or APPROX_COUNT_DISTINCT/,
  },
];

const MARK = /«([^|»]*)\|([^»]*)»/;
const filesOf = ({ sql, files }: Case): Files =>
  sql === undefined ? (files ?? {}) : { ...asset('m'), 'models/m.sql': sql };
const variant = (files: Files, which: 1 | 2): Files =>
  Object.fromEntries(
    Object.entries(files).map(([file, text]) => [file, text.replace(MARK, (...found) => found[which])]),
  );

function placeOfMark(files: Files): { file: string; line: number; column: number } {
  for (const [file, text] of Object.entries(files)) {
    const before = text.split('«')[0] ?? '';
    if (before.length === text.length) continue;
    const lines = before.split('\n');
    return { file, line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
  }
  throw new Error('no mark');
}

const analyzer = startAnalyzer();
afterAll(() => analyzer.close());

test('there are sixty of them and more', () => expect(CASES.length).toBeGreaterThanOrEqual(60));

test.skipIf(!analyzerFiles).each(CASES.map(one => [one.is, one] as const))('%s', async (_, one) => {
  const files = filesOf(one);
  const { errors } = await compileFiles(variant(files, 1), analyzer);
  expect(errors.map(error => error.message)).toEqual([expect.stringMatching(one.says)]);
  const [error] = errors;
  const { file, line, column } = placeOfMark(files);
  if (one.other !== undefined) expect(error?.place).toEqual(one.other);
  const marked = one.other === undefined ? error?.place : error?.also;
  const place = one.line ? { file: marked?.file, line: marked?.line } : marked;
  // A mark that starts a line break means the line after it.
  expect(place).toEqual(
    one.line ? { file, line: expect.toSatisfy(at => at === line || at === line + 1) } : { file, line, column },
  );
  if (one.hint !== undefined) expect(error?.hint).toMatch(one.hint);

  const twin = await compileFiles(variant(files, 2), analyzer);
  expect([twin.errors.map(wrong => `${wrong.message} ${JSON.stringify(wrong.place)}`), twin.notChecked]).toEqual([
    [],
    [],
  ]);
});
