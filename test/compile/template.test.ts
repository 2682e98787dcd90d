// Templates render to SQL, refuse what they do not know, and every character of the result knows where it came from.

import { expect, test } from 'vitest';
import { locate } from '../../src/compile/source-map.ts';
import { render, type TemplateFile, templateFaults } from '../../src/compile/template.ts';

const partial = (name: string, text: string): [string, TemplateFile] => [
  name,
  { file: `sql/partials/${name}.sql`, text },
];

function rendered(text: string, partials: readonly [string, TemplateFile][] = [], mode: 'full' | 'cells' = 'full') {
  const vars = {
    limit: 1000,
    market: "Côte d'Ivoire",
    days: ['a', 'b'],
    none: [],
    off: false,
    empty: '',
    odd: ["x' --"],
  };
  const world = { vars, partials: new Map(partials) };
  return render({ file: 'models/m.sql', text }, world, mode);
}

const placeOf = (result: ReturnType<typeof rendered>, word: string) => {
  const before = result.sql.slice(0, result.sql.indexOf(word)).split('\n');
  return locate(result.map, before.length, (before.at(-1)?.length ?? 0) + 1);
};

test('refs become quoted names and vars checked literals', () => {
  const result = rendered(
    'SELECT {{var "market"}}, {{var "days"}} FROM {{ref "stg_orders"}} WHERE a > {{var "limit"}}',
  );
  expect(result.sql).toBe("SELECT 'Côte d\\'Ivoire', ['a', 'b'] FROM `stg_orders` WHERE a > 1000");
  expect([...result.refs]).toEqual([['stg_orders', { file: 'models/m.sql', line: 1, column: 46 }]]);
});

test('a ref in a comment of SQL is no read, and does not stand for the one that is', () => {
  const result = rendered(
    '-- {{ref "gone"}} and {{ref "orders"}}\n/* {{ref "also"}} */ # {{ref "also"}}\nSELECT "-- it", 1 FROM {{ref "orders"}} -- of {{ref "gone"}}',
  );
  expect([...result.refs]).toEqual([['orders', { file: 'models/m.sql', line: 3, column: 24 }]]);
});

test('in_partitions is TRUE in a whole build and a test of the parameter in a build of some cells', () => {
  const text = 'SELECT 1 WHERE {{in_partitions "event_date"}}';
  expect(rendered(text).sql).toBe('SELECT 1 WHERE TRUE');
  expect(rendered(text, [], 'cells').sql).toBe('SELECT 1 WHERE event_date IN UNNEST(@pulse_partitions)');
});

test('a place in the SQL is found in the template, behind tags that stand alone on their lines', () => {
  const result = rendered(
    'SELECT a,\n  {{var "limit"}} AS b\n{{#if true}}\nFROM x\n{{/if}}\nWHERE {{! why }} wrong = 1\n',
  );
  expect(placeOf(result, 'FROM')).toEqual({ file: 'models/m.sql', line: 4, column: 1 });
  expect(placeOf(result, 'wrong')).toEqual({ file: 'models/m.sql', line: 6, column: 18 });
  expect(placeOf(result, '1000')).toEqual({ file: 'models/m.sql', line: 2, column: 3 });
  expect(placeOf(result, 'AS b')).toEqual({ file: 'models/m.sql', line: 2, column: 19 });
});

test('a place in what a partial wrote is found in the partial', () => {
  const result = rendered('SELECT\n  {{> money amount="q.amount"}} AS m,\n  after', [
    partial('money', 'ROUND(\n  {{amount}}, nine)'),
  ]);
  expect(result.sql).toBe('SELECT\n  ROUND(\n  q.amount, nine) AS m,\n  after');
  expect(placeOf(result, 'nine')).toEqual({ file: 'sql/partials/money.sql', line: 2, column: 15 });
  expect(placeOf(result, 'after')).toEqual({ file: 'models/m.sql', line: 3, column: 3 });
});

test.each([
  ['{{#each (var "days")}}{{#unless @first}}, {{/unless}}{{this}}{{@index}}{{/each}}', 'a0, b1'],
  ['{{#each (var "days") as |d i|}}{{d}}{{i}}{{#if d}};{{/if}}{{/each}}', 'a0;b1;'],
  ['{{#each (var "none")}}x{{else}}y{{/each}}', 'y'],
  ['{{#if (var "off")}}x{{else}}y{{/if}}{{#unless (var "empty")}}z{{/unless}}{{#if (var "limit")}}w{{/if}}', 'yzw'],
  ['{{#each (var "days")}}{{> one of=this}};{{/each}}', '[a];[b];'],
  ['{{#each (var "days") as |d|}}{{> one of=d}};{{/each}}', '[a];[b];'],
  ['{{> beside of=(var "days") by="x"}}', 'axbx'],
  ['{{> all of=(var "days")}} {{> one of=(var "days")}}', "ab [['a', 'b']]"],
  ['{{> one of=(var "off")}}{{> one of=(var "empty")}}{{> one of=(var "limit")}}', "[FALSE][''][1000]"],
])('a block goes through the value of a variable: %s', (text, sql) => {
  const partials = [
    partial('one', '[{{of}}]'),
    partial('all', '{{#each of}}{{this}}{{/each}}'),
    partial('beside', '{{#each of}}{{this}}{{../by}}{{/each}}'),
  ];
  expect(rendered(text, partials).sql).toBe(sql);
});

test.each([
  ['paid', true],
  ['Côte d Ivoire', true],
  ['2025-01-01 10:00', true],
  ['', true],
  ["d'Ivoire", false],
  ['a--b', false],
  ['-a', false],
  ['a-', false],
  ['a\\', false],
  ['a\nb', false],
  ['/*', false],
])('{{#each}} writes %j as it stands: %s', (item, isWritten) => {
  const world = { vars: { items: [item] }, partials: new Map() };
  const written = () =>
    render({ file: 'm.sql', text: '{{#each (var "items")}}[{{this}}]{{/each}}' }, world, 'full').sql;
  if (isWritten) expect(written()).toBe(`[${item}]`);
  else expect(written).toThrow(/could end the text or name/);
});

test('a place within an {{#each}} is found in the template, for each item', () => {
  const result = rendered('SELECT 1\n{{#each (var "days")}}\n  , wrong AS c_{{this}}\n{{/each}}\nFROM t');
  expect(result.sql).toBe('SELECT 1\n  , wrong AS c_a\n  , wrong AS c_b\nFROM t');
  expect(placeOf(result, 'c_b')).toEqual({ file: 'models/m.sql', line: 3, column: 14 });
  expect(placeOf(result, 'b\nFROM')).toEqual({ file: 'models/m.sql', line: 3, column: 16 });
  expect(placeOf(result, 'FROM')).toEqual({ file: 'models/m.sql', line: 5, column: 1 });
});

const refusals: readonly [promise: string, text: string, partials: [string, TemplateFile][], expected: object][] = [
  [
    'a variable nobody declared',
    'a\n  {{var "limt"}}',
    [],
    { place: { file: 'models/m.sql', line: 2, column: 3 }, hint: 'Did you mean "limit"?' },
  ],
  [
    'a partial nobody wrote',
    'a {{> mony}}',
    [partial('money', '1')],
    { place: { file: 'models/m.sql', line: 1, column: 3 }, hint: 'Did you mean "money"?' },
  ],
  ['a helper nobody knows', 'a\n{{rfe "x"}}', [], { place: { file: 'models/m.sql', line: 2, column: 1 } }],
  ['a bare name', 'a {{x}}', [], { place: { file: 'models/m.sql', line: 1, column: 5 } }],
  [
    'an argument a partial was not given',
    '{{> money}}',
    [partial('money', '\n {{amount}}')],
    { place: { file: 'models/m.sql', line: 1, column: 1 }, hint: 'Write {{> money amount="…"}}.' },
  ],
  ['a ref without a name', 'a\n {{ref}}', [], { place: { file: 'models/m.sql', line: 2, column: 2 } }],
  ['a ref of two names', 'a {{ref "x" "y"}}', [], { message: '{{ref}} takes one name in quotes.' }],
  ['a variable without a name', 'a\n{{var}}', [], { place: { file: 'models/m.sql', line: 2, column: 1 } }],
  ['in_partitions without a column', '\n\n{{in_partitions}}', [], { place: { line: 3, column: 1 } }],
  [
    'a partial by a name that is worked out',
    'a\n {{> (lookup . "x")}}',
    [],
    { message: 'A partial is included by its bare name.', place: { file: 'models/m.sql', line: 2, column: 2 } },
  ],
  ['a partial in quotes', 'a {{> "mony"}}', [partial('money', '1')], { hint: 'Write {{> money}}.' }],
  [
    'a partial that includes itself',
    'a {{> loop}}',
    [partial('loop', '1 +\n  {{> loop}}')],
    {
      message: 'Partials include each other in a circle: loop -> loop.',
      place: { file: 'sql/partials/loop.sql', line: 2, column: 3 },
    },
  ],
  [
    'a circle of partials, where it closes',
    'a {{> ping}}',
    [partial('ping', '1 + {{> pong}}'), partial('pong', '2 + {{> ping}}')],
    { place: { file: 'sql/partials/pong.sql', line: 1, column: 5 } },
  ],
  [
    'a block that another name closes',
    'a\n{{#unless x}}b\n {{/if}}',
    [],
    {
      message: '{{/if}} stands where {{#unless}} of line 2 ends.',
      place: { file: 'models/m.sql', line: 3, column: 2 },
    },
  ],
  [
    'an inner block that does not end',
    'a\n{{#if x}}\n {{#each y}}b\n{{/if}}',
    [],
    { message: '{{#each}} is not closed by {{/each}}.', place: { file: 'models/m.sql', line: 3, column: 2 } },
  ],
  ['a sign that tags do not have', 'a\n b {{x $}}', [], { place: { file: 'models/m.sql', line: 2 } }],
  [
    'a partial with a block, which would stand in for one that nobody wrote',
    'a\n{{#> mony}}1{{/mony}}',
    [partial('money', '1')],
    { place: { file: 'models/m.sql', line: 2, column: 1 } },
  ],
  ['an inline partial', '{{#*inline "x"}}1{{/inline}}', [], { place: { file: 'models/m.sql', line: 1, column: 1 } }],
  ['a block that does not end', 'a\n{{#if true}}b', [], { place: { file: 'models/m.sql', line: 2 } }],
  ['an each over a name', 'a\n {{#each days}}b{{/each}}', [], { hint: 'Write {{#each (var "days")}}.' }],
  ['an each over a path', 'a\n {{#each vars.days}}b{{/each}}', [], { place: { line: 2, column: 2 } }],
  ['an each over the root', 'a {{#each @root.days}}b{{/each}}', [], { hint: 'Write {{#each (var "days")}}.' }],
  ['an each over a number', 'a {{#each (var "limit")}}b{{/each}}', [], { place: { line: 1, column: 3 } }],
  ['an each over FALSE', 'a {{#each (var "off")}}b{{/each}}', [], { place: { line: 1, column: 3 } }],
  ['an each over a literal', 'a {{#each "days"}}b{{/each}}', [], { place: { line: 1, column: 3 } }],
  ['an each over an item', '{{#each (var "days")}}{{#each this}}b{{/each}}{{/each}}', [], {}],
  ['an each over a variable nobody declared', '{{#each (var "dys")}}b{{/each}}', [], { hint: 'Did you mean "days"?' }],
  [
    'an each over a text that a partial is given, where it is given',
    'a\n {{> all of="days"}}',
    [partial('all', '{{#each of}}{{this}}{{/each}}')],
    { place: { file: 'models/m.sql', line: 2 } },
  ],
  [
    'an each over what a partial is not given',
    'a\n {{> all}}',
    [partial('all', '\n{{#each of}}{{this}}{{/each}}')],
    { place: { file: 'sql/partials/all.sql', line: 2, column: 1 } },
  ],
  ['an item that would end the text it stands in', 'a {{#each (var "odd")}}b{{/each}}', [], { place: { column: 3 } }],
  [
    'what stands around a block',
    '{{#each (var "days")}}{{#each (var "days")}}a {{../this}}{{/each}}{{/each}}',
    [],
    { message: '{{../this}} asks for what stands around the block.' },
  ],
  ['an item where there is none', 'a {{this}}', [], { message: '{{this}} stands outside of {{#each}}.' }],
  ['a test of an item where there is none', 'a {{#if @first}}b{{/if}}', [], { place: { column: 3 } }],
  ['a with', 'a {{#with (var "days")}}b{{/with}}', [], { message: 'There is no block {{#with}}.' }],
  ['a section', 'a {{#days}}b{{/days}}', [], { message: 'There is no block {{#days}}.' }],
  ['an inverse section', 'a {{^days}}b{{/days}}', [], { message: 'There is no block {{#days}}.' }],
  [
    'what is wrong with each item',
    '{{#each (var "days")}}{{var "dys"}}{{/each}}',
    [],
    { hint: 'Did you mean "days"?' },
  ],
  ['an if of a ref', 'a {{#if (ref "x")}}b{{/if}}', [], { place: { column: 3 } }],
];
test.each(refusals)('%s is refused with file, line and column', (_, text, partials, expected) => {
  expect(() => rendered(text, partials)).toThrowError(expect.objectContaining({ code: 'TEMPLATE_INVALID' }));
  try {
    rendered(text, partials);
  } catch (error) {
    expect(error).toMatchObject(expected);
  }
});

test('an inverse block alone is none of the things that are wrong with a file that nobody renders', () => {
  const text = '{{^if (var "limit")}}{{var "limt"}}{{/if}}';
  const faults = templateFaults({ file: 'sql/odd.sql', text }, { vars: { limit: 1 }, partials: new Map() });
  expect(faults.map(({ hint }) => hint)).toEqual(['Did you mean "limit"?']);
});
