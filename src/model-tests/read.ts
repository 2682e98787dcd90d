// Test files -> tests. All that is wrong with a file is collected, each at its line and column; nothing is run.

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import type { Var } from '../asset/config.ts';
import { closest } from '../closest.ts';
import { type Place, PulseError } from '../errors.ts';
import { type TypedColumn, typeText } from '../googlesql/type.ts';
import type { Value } from '../googlesql/value.ts';
import type { Expected, ExpectedRow, GivenRows, ModelTest, Step } from './case.ts';
import { keyOf, typedValue, WrongValue } from './typed-value.ts';

export interface TestFile {
  /** Relative to the project, with /. */
  readonly file: string;
  readonly text: string;
}

/** What a test may speak of. */
export interface TestWorld {
  /** Names of the models. */
  readonly models: readonly string[];
  /** Tables that a model is made from, at any distance. */
  inputsOf(model: string): readonly string[];
  /** The columns of a table; undefined where they are not known: its model does not compile. */
  columnsOf(table: string): readonly TypedColumn[] | undefined;
  readonly vars: Readonly<Record<string, Var>>;
  /** The text of a file beside the tests. */
  readBeside(path: string): string | undefined;
  readonly csvRows: (text: string) => readonly (readonly string[])[];
}

export interface ReadFile {
  /** Undefined where nobody knows which it is: it may be any. */
  readonly asset: string | undefined;
  readonly tests: readonly ModelTest[];
  readonly faults: readonly PulseError[];
}

/** The model that a file's name means: test/models/fact_orders.late.test.yaml -> fact_orders. */
const assetOfFile = (file: string): string => (file.split('/').at(-1) ?? '').split('.')[0] ?? '';

export function readTests(source: TestFile, world: TestWorld): ReadFile {
  return new Reader(source, world).read();
}

/** Parsed so that it can be written again as it was. */
export function parseTests(text: string): { readonly doc: Document.Parsed; readonly lines: LineCounter } {
  const lines = new LineCounter();
  return { doc: parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines };
}

const FILE_KEYS = ['asset', 'defaults', 'tests'];
const TEST_KEYS = ['name', 'vars', 'given', 'expect', 'steps'];
const STEP_KEYS = ['name', 'given', 'expect'];
const GIVEN_KEYS = ['rows', 'csv', 'as'];
const EXPECT_KEYS = ['rows', 'columns', 'cells', 'error', 'tolerance', 'recorded'];

type Defaults = ReadonlyMap<string, ReadonlyMap<string, Value>>;

class Reader {
  readonly #source: TestFile;
  readonly #world: TestWorld;
  readonly #doc: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #faults: PulseError[] = [];

  constructor(source: TestFile, world: TestWorld) {
    const { doc, lines } = parseTests(source.text);
    this.#source = source;
    this.#world = world;
    this.#doc = doc;
    this.#lines = lines;
  }

  read(): ReadFile {
    for (const error of this.#doc.errors) {
      const { line, col } = this.#lines.linePos(error.pos[0]);
      this.#faults.push(
        new PulseError('TEST_INVALID', `This is no YAML: ${error.message}`, {
          place: { file: this.#source.file, line, column: col },
        }),
      );
    }
    if (this.#faults.length > 0) return { asset: this.#assetMeant(), tests: [], faults: this.#faults };
    const asset = this.#asset();
    const tests = asset === undefined ? [] : this.#tests(asset);
    return { asset, tests, faults: this.#faults };
  }

  /** The model of a file that cannot be read: as its text or its name has it; undefined where that is no model. */
  #assetMeant(): string | undefined {
    const named = /^asset:\s*["']?([\w-]+)/m.exec(this.#source.text)?.[1] ?? assetOfFile(this.#source.file);
    return this.#world.models.includes(named) ? named : undefined;
  }

  #asset(): string | undefined {
    const root = this.#map(this.#doc.contents, 'A file of tests is a map with the key tests', FILE_KEYS);
    if (root === undefined) return undefined;
    const named = root.get('asset');
    const name = named === undefined ? assetOfFile(this.#source.file) : this.#text(named, 'asset');
    if (name === undefined || this.#world.models.includes(name)) return name;
    const near = closest(name, this.#world.models);
    this.#fault(`There is no model "${name}".`, named ?? this.#doc.contents, {
      hint: near === undefined ? 'Name the file after its model, or say asset: NAME.' : `Did you mean "${near}"?`,
    });
    return undefined;
  }

  #tests(asset: string): readonly ModelTest[] {
    const root = this.#doc.contents;
    const defaults = this.#defaults(asset);
    const list = isMap(root) ? root.get('tests', true) : undefined;
    if (!isSeq(list)) {
      this.#fault('tests is a list of tests.', list ?? root, { hint: 'Write tests: and below it - name: …' });
      return [];
    }
    const names = new Set<string>();
    return list.items.flatMap(node => {
      const test = this.#test(node, { asset, defaults });
      if (test === undefined) return [];
      if (names.has(test.name)) this.#fault(`"${test.name}" is the name of two tests.`, node, { hint: 'Rename one.' });
      names.add(test.name);
      return [test];
    });
  }

  #defaults(asset: string): Defaults {
    const root = this.#doc.contents;
    const node = isMap(root) ? root.get('defaults', true) : undefined;
    const defaults = new Map<string, ReadonlyMap<string, Value>>();
    if (node === undefined) return defaults;
    for (const [table, pair] of this.#entries(node, 'defaults is a map: input, column, value')) {
      const columns = this.#inputColumns(asset, table, pair.key);
      if (columns !== undefined) defaults.set(table, this.#row(pair.value, { table, columns }));
    }
    return defaults;
  }

  #test(
    node: unknown,
    { asset, defaults }: { readonly asset: string; readonly defaults: Defaults },
  ): ModelTest | undefined {
    const map = this.#map(node, 'A test is a map', TEST_KEYS);
    if (map === undefined) return undefined;
    const name = map.has('name') ? this.#text(map.get('name'), 'name') : undefined;
    if (name === undefined) {
      this.#fault('A test has a name.', node, { hint: 'Say in it what the model promises: - name: a late payment …' });
      return undefined;
    }
    const world = { asset, defaults };
    const stepNodes = map.has('steps') ? this.#list(map.get('steps'), 'steps is a list of steps') : [node];
    if (map.has('steps') && (map.has('given') || map.has('expect'))) {
      this.#fault('A test has either steps, or given and expect.', node, { hint: 'Put them into the first step.' });
    }
    const steps = stepNodes.map(step =>
      this.#step(
        step,
        world,
        step === node ? map : this.#map(step, 'A step is a map with given and expect', STEP_KEYS),
      ),
    );
    if (steps.length === 0)
      this.#fault('steps lists no step.', map.get('steps'), { hint: 'Write - given: … below it.' });
    return { asset, name, place: this.#placeOf(node), vars: this.#vars(map.get('vars')), steps };
  }

  #vars(node: unknown): Readonly<Record<string, Var>> {
    if (node === undefined) return {};
    const vars: [string, Var][] = [];
    for (const [name, pair] of this.#entries(node, 'vars is a map of names and values')) {
      const known = Object.keys(this.#world.vars);
      const near = closest(name, known);
      const value = isScalar(pair.value) ? pair.value.value : undefined;
      if (!known.includes(name)) {
        this.#fault(`pulse.config.ts has no var "${name}".`, pair.key, {
          hint: near === undefined ? `Its vars are ${known.join(', ')}.` : `Did you mean "${near}"?`,
        });
      } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        vars.push([name, value]);
      } else this.#fault(`The value of ${name} is a text, a number or true or false.`, pair.value, {});
    }
    return Object.fromEntries(vars);
  }

  #step(
    node: unknown,
    { asset, defaults }: { readonly asset: string; readonly defaults: Defaults },
    map: ReadonlyMap<string, unknown> | undefined,
  ): Step {
    const given = new Map<string, GivenRows>();
    const givenNode = map?.get('given');
    if (givenNode !== undefined) {
      for (const [table, pair] of this.#entries(givenNode, 'given is a map: each input with its rows')) {
        const columns = this.#inputColumns(asset, table, pair.key);
        if (columns !== undefined) given.set(table, this.#given(pair.value, { table, columns, defaults }));
      }
    }
    const expectNode = map?.get('expect');
    const place = this.#placeOf(node);
    if (expectNode === undefined) return { place, given };
    const expected = this.#expected(expectNode, asset);
    return { place, given, ...(expected === undefined ? {} : { expected }) };
  }

  #inputColumns(asset: string, table: string, node: unknown): readonly TypedColumn[] | undefined {
    const inputs = this.#world.inputsOf(asset);
    if (inputs.includes(table)) return this.#columns(table, node);
    const near = closest(table, inputs);
    this.#fault(`${asset} does not read "${table}".`, node, {
      hint: near === undefined ? `It is made from ${inputs.join(', ')}.` : `Did you mean "${near}"?`,
    });
    return undefined;
  }

  #columns(table: string, node: unknown): readonly TypedColumn[] | undefined {
    const columns = this.#world.columnsOf(table);
    if (columns === undefined) {
      this.#fault(`The columns of ${table} are not known: it does not compile.`, node, {
        hint: 'Run `pulse compile`.',
      });
    }
    return columns;
  }

  #given(
    node: unknown,
    {
      table,
      columns,
      defaults,
    }: { readonly table: string; readonly columns: readonly TypedColumn[]; readonly defaults: Defaults },
  ): GivenRows {
    const usual = defaults.get(table) ?? new Map<string, Value>();
    const inOrder = (values: ReadonlyMap<string, Value>): readonly Value[] =>
      columns.map(({ name }) => values.get(name) ?? (values.has(name) ? null : (usual.get(name) ?? null)));
    const at = this.#resolve(node);
    if (!isMap(at)) {
      const rows = this.#list(at, 'The rows of an input are a list').map(row => this.#row(row, { table, columns }));
      return { rows: rows.map(inOrder), isWhole: false };
    }
    const map = this.#map(at, 'given', GIVEN_KEYS);
    const rows = map?.has('rows')
      ? this.#list(map.get('rows'), 'rows is a list').map(row => this.#row(row, { table, columns }))
      : [];
    const fromCsv = map?.has('csv') ? this.#csv(map.get('csv'), { table, columns }) : [];
    const as = map?.has('as') ? this.#text(map.get('as'), 'as') : 'more';
    if (as !== 'more' && as !== 'whole') {
      this.#fault(`as: is more or whole, not "${as}".`, map?.get('as'), {
        hint: 'more adds rows to those that are there; whole says that these are all.',
      });
    }
    return { rows: [...rows, ...fromCsv].map(inOrder), isWhole: as === 'whole' };
  }

  /** Rows of a file beside the tests: its header names columns; an empty field is NULL. */
  #csv(node: unknown, table: { readonly table: string; readonly columns: readonly TypedColumn[] }) {
    const path = this.#text(node, 'csv');
    const text = path === undefined ? undefined : this.#world.readBeside(path);
    if (text === undefined) {
      this.#fault(`There is no file ${path}.`, node, { hint: 'Name it as seen from the folder of the test file.' });
      return [];
    }
    const [header = [], ...records] = this.#world.csvRows(text);
    const wanted = header.map(name => this.#columnOf(name, table, node));
    return records.map(record => {
      const values = new Map<string, Value>();
      for (const [i, column] of wanted.entries()) {
        const field = record[i] ?? '';
        if (column === undefined || field === '') continue;
        const scalar = this.#doc.createNode(field);
        values.set(column.name, this.#value({ value: scalar, at: node }, column));
      }
      return values;
    });
  }

  #expected(node: unknown, asset: string): Expected | undefined {
    const columns = this.#columns(asset, node);
    if (columns === undefined) return undefined;
    const at = this.#resolve(node);
    const table = { table: asset, columns };
    const place = this.#placeOf(node);
    if (!isMap(at)) {
      const rows = this.#list(at, 'expect is a list of rows, or a map').map(row => this.#expectedRow(row, table));
      return { place, rows, tolerance: 0, isRecorded: false };
    }
    const map = this.#map(at, 'expect', EXPECT_KEYS);
    if (map === undefined) return undefined;
    if (!map.has('rows') && !map.has('cells') && !map.has('error')) {
      this.#fault('expect without rows, cells or error expects nothing.', node, {
        hint: 'Say rows: […], which is [] where none comes out.',
      });
    }
    const names = (key: string): readonly string[] | undefined =>
      map.has(key)
        ? this.#list(map.get(key), `${key} is a list`).flatMap(item => this.#text(item, key) ?? [])
        : undefined;
    const cells = names('cells');
    const recorded = names('columns')?.flatMap(name => this.#columnOf(name, table, map.get('columns'))?.name ?? []);
    const error = map.has('error') ? this.#errorText(map.get('error')) : undefined;
    const tolerance = map.has('tolerance') ? Number(this.#text(map.get('tolerance'), 'tolerance')) : 0;
    if (Number.isNaN(tolerance)) this.#fault('tolerance is a number: 1e-9.', map.get('tolerance'), {});
    const rows = map.has('rows')
      ? this.#list(map.get('rows'), 'rows is a list').map(row => this.#expectedRow(row, table))
      : undefined;
    return {
      place,
      tolerance,
      isRecorded: map.has('recorded') && this.#text(map.get('recorded'), 'recorded') !== 'false',
      ...(rows === undefined ? {} : { rows }),
      ...(recorded === undefined ? {} : { columns: recorded }),
      ...(cells === undefined ? {} : { cells }),
      ...(error === undefined ? {} : { error }),
    };
  }

  #errorText(node: unknown): string {
    const text = this.#text(node, 'error') ?? '';
    return text === 'true' ? '' : text;
  }

  #expectedRow(
    node: unknown,
    table: { readonly table: string; readonly columns: readonly TypedColumn[] },
  ): ExpectedRow {
    return { place: this.#placeOf(node), values: this.#row(node, table) };
  }

  #row(
    node: unknown,
    table: { readonly table: string; readonly columns: readonly TypedColumn[] },
  ): ReadonlyMap<string, Value> {
    const values = new Map<string, Value>();
    for (const [name, pair] of this.#entries(node, 'A row is a map of columns and values')) {
      const column = this.#columnOf(name, table, pair.key);
      if (column !== undefined) values.set(column.name, this.#value({ value: pair.value, at: pair.value }, column));
    }
    return values;
  }

  #columnOf(
    name: string,
    { table, columns }: { readonly table: string; readonly columns: readonly TypedColumn[] },
    node: unknown,
  ): TypedColumn | undefined {
    const column = columns.find(one => one.name.toLowerCase() === name.toLowerCase());
    if (column !== undefined) return column;
    const known = columns.map(one => one.name);
    const near = closest(name, known);
    this.#fault(`${table} has no column "${name}".`, node, {
      hint: near === undefined ? `Its columns are ${known.join(', ')}.` : `Did you mean "${near}"?`,
    });
    return undefined;
  }

  #value({ value, at }: { readonly value: unknown; readonly at: unknown }, { name, type }: TypedColumn): Value {
    try {
      return typedValue(value, type, node => this.#resolve(node));
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error;
      const where = error.node === value ? at : error.node;
      this.#fault(
        `${name} (${typeText(type)}): ${error.message}`,
        where,
        error.hint === undefined ? {} : { hint: error.hint },
      );
      return null;
    }
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#doc) : node;
  }

  #map(node: unknown, what: string, keys: readonly string[]): ReadonlyMap<string, unknown> | undefined {
    const at = this.#resolve(node);
    if (!isMap(at)) {
      this.#fault(`${what}: ${keys.join(', ')}.`, at, {});
      return undefined;
    }
    const found = new Map<string, unknown>();
    for (const [name, pair] of this.#entries(at, what)) {
      if (keys.includes(name)) found.set(name, pair.value);
      else {
        const near = closest(name, keys);
        this.#fault(`"${name}" is no word of a test.`, pair.key, {
          hint: near === undefined ? `Here it is one of ${keys.join(', ')}.` : `Did you mean "${near}"?`,
        });
      }
    }
    return found;
  }

  #entries(node: unknown, what: string): readonly (readonly [string, Pair])[] {
    const at = this.#resolve(node);
    if (isMap(at)) return (at as YAMLMap).items.map(pair => [keyOf(pair), pair]);
    // A key with nothing behind it.
    if (!(at === null || (isScalar(at) && at.value === null))) this.#fault(`${what}.`, at, {});
    return [];
  }

  #list(node: unknown, what: string): readonly unknown[] {
    const at = this.#resolve(node);
    if (isSeq(at)) return at.items;
    this.#fault(`${what}.`, at, { hint: 'Begin each with -; none at all is [].' });
    return [];
  }

  #text(node: unknown, what: string): string | undefined {
    const at = this.#resolve(node);
    if (isScalar(at) && at.value !== null) return at.source ?? String(at.value);
    this.#fault(`${what} is a text.`, at, {});
    return undefined;
  }

  #placeOf(node: unknown): Place {
    const range = (node as { readonly range?: readonly [number, number, number] | null } | null | undefined)?.range;
    if (range === undefined || range === null) return { file: this.#source.file };
    const { line, col } = this.#lines.linePos(range[0]);
    return { file: this.#source.file, line, column: col };
  }

  #fault(message: string, node: unknown, options: { readonly hint?: string }): void {
    this.#faults.push(new PulseError('TEST_INVALID', message, { ...options, place: this.#placeOf(node) }));
  }
}
