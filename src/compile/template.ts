// Templated SQL to SQL: Handlebars with three helpers (ref, var, in_partitions) and the partials of sql/partials.
// Knows no assets and no analyzer; what a template refers to is given back for others to judge.

import Handlebars from 'handlebars';
import type { Var } from '../asset/config.ts';
import { closest, hintClosest } from '../closest.ts';
import { lineAndColumn, type Place, PulseError, PulseErrors } from '../errors.ts';
import { groupsByAll } from '../googlesql/group-by-all.ts';
import { tokensOf } from '../googlesql/tokens.ts';
import { PARTITIONS_PARAMETER } from './parameter.ts';
import {
  firstMark,
  holdsMarks,
  mark,
  readMarks,
  type SourceMap,
  withoutMarks,
  withReplacements,
} from './source-map.ts';
import {
  askForValue,
  type BlockScope,
  blockFault,
  blockValue,
  itemFault,
  OUTERMOST,
  registerEach,
  scopeWithin,
  VAR_VALUE,
} from './template-blocks.ts';

/** A text with the file it stands in (relative to the project, with /). */
export interface TemplateFile {
  readonly file: string;
  readonly text: string;
}

export interface TemplateWorld {
  readonly vars: Readonly<Record<string, Var>>;
  /** By the name that {{> name}} uses. */
  readonly partials: ReadonlyMap<string, TemplateFile>;
}

export interface Rendered {
  readonly sql: string;
  readonly map: SourceMap;
  /** What {{ref}} named, sorted, each with its first place. */
  readonly refs: ReadonlyMap<string, Required<Place>>;
  /** The columns that {{in_partitions}} named. */
  readonly hints: readonly string[];
}

/** `full` writes TRUE for {{in_partitions}}; `cells` a test against @pulse_partitions. */
export type RenderMode = 'full' | 'cells';

const KNOWN_HELPERS = { ref: true, var: true, in_partitions: true } as const;
const HINT =
  'Templates know {{ref "asset"}}, {{var "name"}}, {{in_partitions "column"}}, {{> partial}} and {{#if}}, {{#unless}}, {{#each (var "list")}}.';

export type RenderTemplate = (template: TemplateFile, mode: RenderMode) => Rendered;

/** What the rendering under way has met. */
interface Rendering {
  readonly template: TemplateFile;
  readonly mode: RenderMode;
  /** Each {{ref}} with its places, in the order in which they are written. */
  readonly refs: Map<string, Required<Place>[]>;
  readonly hints: string[];
  /** What is wrong and does not keep the rest from being looked at. */
  readonly faults: PulseError[];
  /** Partials that are being rendered, the innermost last. */
  readonly within: string[];
}

/**
 * Renders a template once.
 *
 * @throws {PulseError} as the function of openTemplates does.
 */
export const render = (template: TemplateFile, world: TemplateWorld, mode: RenderMode): Rendered =>
  openTemplates(world)(template, mode);

/**
 * Makes what renders templates of one world; a partial is compiled when it is first used, and once.
 *
 * The function throws a PulseError TEMPLATE_INVALID with the template's or partial's file, line and column, or PulseErrors
 * with several of them.
 */
export function openTemplates(world: TemplateWorld): RenderTemplate {
  const environment = Handlebars.create();
  let now: Rendering | undefined;
  const current = (): Rendering => {
    if (now === undefined) throw new Error('a helper was called outside of a rendering');
    return now;
  };
  registerHelpers(environment, world, current);
  const compiled = new Map<string, Handlebars.TemplateDelegate>();
  const includes: Includes = new Map();
  for (const [name, partial] of world.partials) {
    // Wrapped, so that an error inside a partial names the partial's file.
    environment.registerPartial(name, (context, options) => {
      const { within } = current();
      if (within.includes(name)) {
        const from = world.partials.get(within.at(-1) ?? name) ?? partial;
        throw circular(includes.get(includeKey(from, name)) ?? { file: from.file }, [
          ...within.slice(within.indexOf(name)),
          name,
        ]);
      }
      within.push(name);
      const known = compiled.get(name) ?? compileMarked(environment, partial, { world, includes });
      compiled.set(name, known);
      const text = run(partial, () => known(context ?? {}, options));
      within.pop();
      return text;
    });
  }
  return (template, mode) => {
    const rendering = { template, mode, refs: new Map(), hints: [], faults: [], within: [] };
    now = rendering;
    try {
      const marked = run(template, () => compileMarked(environment, template, { world, includes })({}));
      return finished(rendering, marked, world);
    } finally {
      now = undefined;
    }
  };
}

/** What is wrong with a template that nobody renders, as far as that can be told: it may be a partial, which is given what it takes. */
export function templateFaults(template: TemplateFile, world: TemplateWorld): readonly PulseError[] {
  const environment = Handlebars.create();
  try {
    const ast = parsed(template, { world, includes: new Map() });
    // Compiled, for helpers that nobody has: those are found before any value is asked for.
    run(template, () => environment.precompile(ast, OPTIONS));
    return wordFaults(ast, template, world);
  } catch (error) {
    if (error instanceof PulseErrors) return error.errors;
    if (error instanceof PulseError) return [error];
    throw error;
  }
}

function finished({ template, refs, hints, faults }: Rendering, marked: string, world: TemplateWorld): Rendered {
  // What {{#each}} goes through again is wrong once.
  const once = [...new Map(faults.map(one => [JSON.stringify([one.message, one.place]), one])).values()];
  const [first] = once;
  if (first !== undefined) {
    throw once.length === 1 ? first : new PulseErrors(`${once.length} things are wrong with ${template.file}.`, once);
  }
  const files = filesOf(template, world);
  const written = readMarks(marked, files);
  const map = withReplacements(written, groupsByAll(written.text));
  return { sql: map.text, map, refs: new Map(readIn(written.text, refs).sort(([a], [b]) => (a < b ? -1 : 1))), hints };
}

/** Each ref with its first place that is read: one within a comment of SQL is not. */
function readIn(sql: string, refs: ReadonlyMap<string, readonly Required<Place>[]>): [string, Required<Place>][] {
  // Mostly no comment holds a name in back-quotes: then there is nothing to look at word by word.
  const mayComment = /(?:--|#)[^\n]*`|\/\*/.test(sql);
  const comments = mayComment ? tokensOf(sql).filter(({ kind }) => kind === 'comment') : [];
  return [...refs].flatMap(([name, places]) => {
    // As often as it was called, unless the model writes the name itself too: then its first place stands for all.
    const starts =
      comments.length === 0 ? [] : [...sql.matchAll(new RegExp(`\`${name}\``, 'g'))].map(({ index }) => index);
    const isRead = (at: number): boolean => !comments.some(({ start, end }) => start <= at && at < end);
    const first = starts.findIndex(isRead);
    if (starts.length > 0 && first < 0) return [];
    const place = places[starts.length === places.length ? Math.max(0, first) : 0];
    return place === undefined ? [] : [[name, place]];
  });
}

/** Marks number the partials from 1 on; 0 is the template itself. */
const filesOf = (template: TemplateFile, world: TemplateWorld): string[] => [
  template.file,
  ...[...world.partials.values()].map(partial => partial.file),
];

/** Where a file includes a partial first. */
type Includes = Map<string, Place>;

const includeKey = ({ file }: TemplateFile, name: string): string => `${file}\n${name}`;

const circular = (place: Place, path: readonly string[]): PulseError =>
  new PulseError('TEMPLATE_INVALID', `Partials include each other in a circle: ${path.join(' -> ')}.`, {
    hint: 'Take one of these {{> …}} away.',
    place,
  });

function registerHelpers(environment: typeof Handlebars, world: TemplateWorld, current: () => Rendering): void {
  const placeOf = (options: Handlebars.HelperOptions, argument: unknown): Required<Place> => {
    const given = typeof argument === 'string' ? firstMark(argument) : undefined;
    const files = filesOf(current().template, world);
    if (given !== undefined) return { file: files[given.file] ?? '', line: given.line, column: given.column };
    // Handlebars hands a helper its own location in the template that is being rendered.
    const loc = (options as unknown as { loc?: hbs.AST.SourceLocation }).loc;
    const file = (loc as unknown as { source?: string } | undefined)?.source ?? current().template.file;
    return { file, line: loc?.start.line ?? 1, column: (loc?.start.column ?? 0) + 1 };
  };
  const fault = (message: string, hint: string, place: Place): string => {
    current().faults.push(new PulseError('TEMPLATE_INVALID', message, { hint, place }));
    return '';
  };
  environment.registerHelper('ref', (...given: unknown[]) => {
    const { word, options } = onlyWord(given);
    const place = placeOf(options, word);
    const name = withoutMarks(word);
    if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      return fault('{{ref}} takes one name in quotes.', 'Write {{ref "stg_orders"}}.', place);
    }
    const { refs } = current();
    refs.set(name, [...(refs.get(name) ?? []), place]);
    return `\`${name}\``;
  });
  const varWith =
    (written: (value: Var) => unknown) =>
    (...given: unknown[]) => {
      const { word, options } = onlyWord(given);
      const name = withoutMarks(word);
      if (typeof name !== 'string') {
        return fault('{{var}} takes one name in quotes.', 'Write {{var "name"}}.', placeOf(options, word));
      }
      const value = Object.hasOwn(world.vars, name) ? world.vars[name] : undefined;
      if (value !== undefined) return written(value);
      current().faults.push(noVar(name, world, placeOf(options, word)));
      // A list, so that {{#each}} has nothing to say besides.
      return [];
    };
  environment.registerHelper('var', varWith(literal));
  environment.registerHelper(
    VAR_VALUE,
    varWith(value => blockValue(value, literal(value))),
  );
  registerEach(environment, { vars: world.vars, placeOf, fault });
  environment.registerHelper('in_partitions', (...given: unknown[]) => {
    const { word, options } = onlyWord(given);
    const column = withoutMarks(word);
    if (typeof column !== 'string') {
      return fault(
        '{{in_partitions}} takes one column in quotes.',
        'Write {{in_partitions "event_date"}}.',
        placeOf(options, word),
      );
    }
    current().hints.push(column);
    return current().mode === 'full' ? 'TRUE' : `${column} IN UNNEST(@${PARTITIONS_PARAMETER})`;
  });
}

/** The one thing that a helper is given, undefined where there are none or more; Handlebars adds its options. */
function onlyWord(given: readonly unknown[]): { word: unknown; options: Handlebars.HelperOptions } {
  const options = given.at(-1) as Handlebars.HelperOptions;
  const isOne = given.length === 2 && Object.keys(options.hash ?? {}).length === 0;
  return { word: isOne ? given[0] : undefined, options };
}

function compileMarked(
  environment: typeof Handlebars,
  template: TemplateFile,
  { world, includes }: { readonly world: TemplateWorld; readonly includes: Includes },
): Handlebars.TemplateDelegate {
  if (holdsMarks(template.text)) {
    throw new PulseError(
      'TEMPLATE_INVALID',
      `${template.file} holds the characters U+E000 or U+E001, which pulse uses itself.`,
      {
        hint: "Write them as escapes in a string: '\\uE000'.",
        place: { file: template.file, ...lineAndColumn(template.text, template.text.search(/[\uE000\uE001]/)) },
      },
    );
  }
  const ast = parsed(template, { world, includes });
  // Compiling to JavaScript is most of the work of rendering once: nearly every template needs no more than its helpers.
  const plain = plainRenderer(ast, environment);
  return plain ?? run(template, () => environment.compile(ast, OPTIONS));
}

const OPTIONS = {
  noEscape: true,
  strict: true,
  knownHelpers: { ...KNOWN_HELPERS, [VAR_VALUE]: true },
  knownHelpersOnly: true,
  explicitPartialContext: true,
  preventIndent: true,
};

/** With its marks. @throws {PulseError} where it does not parse, or includes what is not there. */
function parsed(template: TemplateFile, { world, includes }: Pick<Marking, 'world' | 'includes'>): hbs.AST.Program {
  const ast = run(template, () => Handlebars.parse(template.text, { srcName: template.file }));
  const fileIndex = [...world.partials.values()].findIndex(partial => partial.file === template.file) + 1;
  const faults: PulseError[] = [];
  markProgram(ast, { fileIndex, template, world, includes, faults, scope: OUTERMOST });
  const [first] = faults;
  if (first !== undefined) {
    throw faults.length === 1
      ? first
      : new PulseErrors(`${faults.length} things are wrong with ${template.file}.`, faults);
  }
  return ast;
}

/** Vars that nobody declares, where a template names them as it stands. */
function wordFaults(program: hbs.AST.Program, template: TemplateFile, world: TemplateWorld): readonly PulseError[] {
  return program.body.flatMap(node => {
    if (node.type === 'BlockStatement') {
      const { program: own, inverse } = node as hbs.AST.BlockStatement;
      return [own, inverse].flatMap(below => (below ? wordFaults(below, template, world) : []));
    }
    if (node.type !== 'MustacheStatement') return [];
    const { path, params, loc } = node as hbs.AST.MustacheStatement;
    const name = (params[0] as hbs.AST.StringLiteral | undefined)?.value;
    if ((path as hbs.AST.PathExpression).original !== 'var' || typeof name !== 'string') return [];
    if (Object.hasOwn(world.vars, name)) return [];
    return [noVar(name, world, { file: template.file, line: loc.start.line, column: loc.start.column + 1 })];
  });
}

const noVar = (name: string, { vars }: TemplateWorld, place: Place): PulseError =>
  new PulseError('TEMPLATE_INVALID', `There is no variable "${name}" in pulse.config.ts.`, {
    hint: hintClosest(name, Object.keys(vars), 'Declare it under `vars` in pulse.config.ts.'),
    place,
  });

/** What renders a program of texts and calls of known helpers with literals; undefined where there is more to it. */
function plainRenderer(
  program: hbs.AST.Program,
  environment: typeof Handlebars,
): Handlebars.TemplateDelegate | undefined {
  const parts: (() => string)[] = [];
  for (const node of program.body) {
    if (node.type === 'CommentStatement') continue;
    if (node.type === 'ContentStatement') {
      const { value } = node as hbs.AST.ContentStatement;
      parts.push(() => value);
      continue;
    }
    if (node.type !== 'MustacheStatement') return undefined;
    const { path, params, hash, loc } = node as hbs.AST.MustacheStatement;
    const { original, type } = path as hbs.AST.PathExpression;
    if (type !== 'PathExpression' || !Object.hasOwn(KNOWN_HELPERS, original)) return undefined;
    if (hash !== undefined || !params.every(param => param.type === 'StringLiteral')) return undefined;
    const helper = environment.helpers[original];
    const values = params.map(param => (param as hbs.AST.StringLiteral).value);
    parts.push(() => String(helper?.call({}, ...values, { name: original, hash: {}, loc })));
  }
  return () => parts.map(part => part()).join('');
}

interface Marking {
  readonly fileIndex: number;
  readonly template: TemplateFile;
  readonly world: TemplateWorld;
  readonly includes: Includes;
  readonly faults: PulseError[];
  readonly scope: BlockScope;
}

/** Puts a mark before every stretch of text and before everything that a helper writes. */
function markProgram(program: hbs.AST.Program, marking: Marking): void {
  const body: hbs.AST.Statement[] = [];
  for (const node of program.body) {
    if (node.type === 'ContentStatement') markContent(node as hbs.AST.ContentStatement, marking.fileIndex);
    if (UNKNOWN.has(node.type)) marking.faults.push(unknownForm(node, marking.template));
    if (node.type === 'PartialStatement') {
      checkPartial(node as hbs.AST.PartialStatement, marking);
      markArguments(node as hbs.AST.PartialStatement, marking);
      checkArguments(node as hbs.AST.PartialStatement, marking);
      if (marking.fileIndex === 0) checkPaths(node as hbs.AST.PartialStatement, marking);
      for (const { value } of (node as hbs.AST.PartialStatement).hash?.pairs ?? []) askForValue(value);
    }
    if (node.type === 'MustacheStatement') checkBuiltIn(node as hbs.AST.MustacheStatement, marking);
    if (node.type === 'BlockStatement') {
      const block = node as hbs.AST.BlockStatement;
      checkBlock(block, marking);
      askForValue(block.params[0]);
      // {{^name}} has only an inverse.
      if (block.program) markProgram(block.program, { ...marking, scope: scopeWithin(block, marking.scope) });
      if (block.inverse) markProgram(block.inverse, marking);
    }
    if (node.type === 'MustacheStatement' || node.type === 'PartialStatement') {
      const { line, column } = node.loc.start;
      body.push(contentNode(mark({ file: marking.fileIndex, line, column: column + 1, isWritten: true }), node));
    }
    body.push(node);
  }
  program.body = body;
}

function checkBlock(block: hbs.AST.BlockStatement, { fileIndex, template, world, scope, faults }: Marking): void {
  const found = blockFault(block, { scope, vars: world.vars, isPartial: fileIndex > 0 });
  if (found === undefined) return;
  const { line, column } = block.loc.start;
  const place = { file: template.file, line, column: column + 1 };
  faults.push(new PulseError('TEMPLATE_INVALID', found.message, { hint: found.hint, place }));
}

/** What a model hands to a partial by name is nothing: a column is given as a text. */
function checkPaths({ hash }: hbs.AST.PartialStatement, { template, scope, faults }: Marking): void {
  for (const { key, value, loc } of hash?.pairs ?? []) {
    if (value.type !== 'PathExpression') continue;
    const { original, parts } = value as hbs.AST.PathExpression;
    if (scope.isInEach && (original.startsWith('@') || parts.length === 0 || scope.items.has(original))) continue;
    faults.push(
      new PulseError('TEMPLATE_INVALID', `${key}=${original} gives "${original}", which a model is not given.`, {
        hint: `Write a text in quotes: ${key}="${original}".`,
        place: { file: template.file, line: loc.start.line, column: loc.start.column + 1 },
      }),
    );
  }
}

/** Handlebars' own, which write nothing here. */
const BUILT_IN: ReadonlySet<string> = new Set(['lookup', 'log']);

function checkBuiltIn(node: hbs.AST.MustacheStatement, { fileIndex, template, scope, faults }: Marking): void {
  const { path, loc } = node;
  const { original } = path as hbs.AST.PathExpression;
  const place = { file: template.file, line: loc.start.line, column: loc.start.column + 1 };
  const stray = itemFault(node, { scope, isPartial: fileIndex > 0, place });
  if (stray !== undefined) faults.push(stray);
  if (!BUILT_IN.has(original)) return;
  faults.push(new PulseError('TEMPLATE_INVALID', `There is no helper "${original}".`, { hint: HINT, place }));
}

/** Handlebars' layouts: the first would take a partial that nobody wrote for its own content, the second hides one. */
const UNKNOWN: ReadonlySet<string> = new Set(['PartialBlockStatement', 'DecoratorBlock', 'Decorator']);

const unknownForm = ({ loc }: hbs.AST.Statement, { file }: TemplateFile): PulseError =>
  new PulseError('TEMPLATE_INVALID', 'Templates do not know {{#> …}} and {{#*inline …}}.', {
    hint: HINT,
    place: { file, line: loc.start.line, column: loc.start.column + 1 },
  });

function markContent(node: hbs.AST.ContentStatement, file: number): void {
  // A tag alone on its line takes its line end with it: `value` is then shorter than what stands in the file.
  const original = node.original as unknown as string;
  const cut = original.length - original.trimStart().length - (node.value.length - node.value.trimStart().length);
  const skipped = original.slice(0, Math.max(0, cut)).split('\n');
  const line = node.loc.start.line + skipped.length - 1;
  const column = (skipped.length === 1 ? node.loc.start.column : 0) + (skipped.at(-1)?.length ?? 0) + 1;
  node.value = mark({ file, line, column, isWritten: false }) + node.value;
}

/** What a partial is given stands in its caller: a misspelt column there is the caller's. */
function markArguments(node: hbs.AST.PartialStatement, { fileIndex, template }: Marking): void {
  const lines = template.text.split('\n');
  for (const { value } of node.hash?.pairs ?? []) {
    if (value.type !== 'StringLiteral') continue;
    const literal = value as hbs.AST.StringLiteral;
    const { line, column } = literal.loc.start;
    // Handlebars says where the pair starts, not its value.
    const at = (lines[line - 1] ?? '').indexOf(literal.value, column);
    const place = { file: fileIndex, line, column: Math.max(at, column) + 1, isWritten: false };
    if (literal.value !== '') literal.value = mark(place) + literal.value;
  }
}

/** A partial that writes a name it is not given: what it takes is its own to say, so the fault is its caller's. */
function checkArguments(node: hbs.AST.PartialStatement, { template, world, faults }: Marking): void {
  const name = partialName(node) ?? '';
  const partial = world.partials.get(name);
  const given = (node.hash?.pairs ?? []).map(pair => pair.key);
  if (partial === undefined || node.params.length > 0) return;
  const written = namesWritten(partial);
  const unused = given.filter(key => !new RegExp(String.raw`\b${key}\b`).test(partial.text));
  for (const missing of written) {
    if (given.includes(missing)) continue;
    const pair = node.hash?.pairs.find(one => unused.includes(one.key)) ?? node;
    const place = { file: template.file, line: pair.loc.start.line, column: pair.loc.start.column + 1 };
    faults.push(
      new PulseError('TEMPLATE_INVALID', `The partial "${name}" needs "${missing}", which is not given here.`, {
        hint: hintClosest(missing, unused, `Write {{> ${name} ${missing}="…"}}.`),
        place,
      }),
    );
  }
}

/** The plain {{name}}s that a partial writes outside of blocks, which it must be given. */
function namesWritten(partial: TemplateFile): ReadonlySet<string> {
  const found = new Set<string>();
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(partial.text);
  } catch {
    // What does not parse is said where it is rendered, with its place.
    return found;
  }
  for (const node of program.body) {
    if (node.type !== 'MustacheStatement') continue;
    const { path, params } = node as hbs.AST.MustacheStatement;
    const { original, parts = [] } = path as hbs.AST.PathExpression;
    const isPlain =
      path.type === 'PathExpression' && parts.length === 1 && params.length === 0 && parts[0] === original;
    if (isPlain && !(original in KNOWN_HELPERS)) found.add(original);
  }
  return found;
}

const contentNode = (value: string, at: hbs.AST.Statement): hbs.AST.ContentStatement =>
  ({ type: 'ContentStatement', value, original: value, loc: at.loc }) as unknown as hbs.AST.ContentStatement;

/** The name after {{>; undefined where it is something to be worked out. */
const partialName = ({ name }: hbs.AST.PartialStatement): string | undefined =>
  name.type === 'PathExpression' ? (name as hbs.AST.PathExpression).original : undefined;

function checkPartial(node: hbs.AST.PartialStatement, { template, world, includes, faults }: Marking): void {
  const name = partialName(node);
  const place = { file: template.file, line: node.loc.start.line, column: node.loc.start.column + 1 };
  const fault = (message: string, hint: string): void => {
    faults.push(new PulseError('TEMPLATE_INVALID', message, { hint, place }));
  };
  // What a template reaches is read from its text (partials.ts): a name in quotes or worked out would not be found.
  if (name === undefined) {
    const { value } = node.name as unknown as hbs.AST.StringLiteral;
    const written = typeof value === 'string' ? value : 'name';
    const near = closest(written, world.partials.keys()) ?? written;
    fault('A partial is included by its bare name.', `Write {{> ${near}}}.`);
    return;
  }
  const [given, second] = node.params;
  if (second !== undefined || given?.type.endsWith('Literal') === true) {
    const value = String((given as unknown as hbs.AST.StringLiteral).value ?? '…');
    fault(`{{> ${name}}} is given a value without a name.`, `Write {{> ${name} name="${value}"}}.`);
    return;
  }
  const key = includeKey(template, name);
  if (!includes.has(key)) includes.set(key, place);
  if (world.partials.has(name)) return;
  fault(
    `There is no partial "${name}" below sql/partials.`,
    hintClosest(name, world.partials.keys(), `Make sql/partials/${name}.sql, or mend the name.`),
  );
}

/** A checked GoogleSQL literal. */
export function literal(value: Var): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new PulseError('CONFIG_INVALID', `${value} is no number that SQL can hold.`);
    return String(value);
  }
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'string') return stringLiteral(value);
  return `[${value.map(stringLiteral).join(', ')}]`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r' };
const stringLiteral = (text: string): string => `'${text.replace(/[\\'\n\r]/g, found => ESCAPES[found] ?? found)}'`;

/** Runs a step of Handlebars; its errors become ours, with the place. */
function run<T>(template: TemplateFile, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof PulseError) throw error;
    const unclosed = /^Parse error|doesn't match/.test((error as Error).message) ? unclosedTag(template) : undefined;
    const place = unclosed?.place ?? handlebarsPlace(error, template);
    throw new PulseError('TEMPLATE_INVALID', unclosed?.message ?? handlebarsMessage(error), {
      place,
      hint: writtenElsewhere(template, place) ?? handlebarsHint(error),
      cause: error,
    });
  }
}

/** The parser stops where it can't go on, which may be the end of the file: what was never closed is more to the point. */
function unclosedTag({ file, text }: TemplateFile): { message: string; place: Place } | undefined {
  const placeAt = (offset: number): Place => ({ file, ...lineAndColumn(text, offset) });
  const open: { readonly name: string; readonly at: number }[] = [];
  for (const { 0: tag, index } of text.matchAll(/\{\{!--[\s\S]*?--\}\}|\{\{(?:(?!\{\{|\}\})[\s\S])*(?:\}\}|$)?/g)) {
    if (!tag.endsWith('}}')) {
      return { message: `The tag ${tag.split('\n')[0]?.trim()} is not closed by }}.`, place: placeAt(index) };
    }
    const after = index + tag.length;
    const isTriple = tag.startsWith('{{{');
    if (isTriple !== (text[after] === '}')) {
      const line = `${tag}${isTriple ? '' : '}'}`.split('\n')[0]?.trim();
      return isTriple
        ? { message: `${line} has one { too many.`, place: placeAt(index) }
        : { message: `${line} has one } too many.`, place: placeAt(after) };
    }
    const [quote] = tag.startsWith('{{!') ? [] : (/["']/.exec(tag.replace(/"[^"]*"|'[^']*'/g, '')) ?? []);
    if (quote !== undefined) {
      return { message: `The text in ${tag.split('\n')[0]?.trim()} is not closed by ${quote}.`, place: placeAt(index) };
    }
    const [, sign, name = ''] = /^\{\{~?\s*([#/^])\s*[>*]?\s*(\w+)/.exec(tag) ?? [];
    if (sign === '#' || sign === '^') open.push({ name, at: index });
    if (sign !== '/') continue;
    const opened = open.pop();
    if (opened === undefined) return { message: `{{/${name}}} closes nothing.`, place: placeAt(index) };
    if (opened.name === name) continue;
    // Where an outer block has that name, the inner one was forgotten; else the name is wrong.
    if (open.some(outer => outer.name === name)) return notClosed(opened.name, placeAt(opened.at));
    const { line } = placeAt(opened.at);
    return { message: `{{/${name}}} stands where {{#${opened.name}}} of line ${line} ends.`, place: placeAt(index) };
  }
  const last = open.at(-1);
  return last && notClosed(last.name, placeAt(last.at));
}

const notClosed = (name: string, place: Place): { message: string; place: Place } => ({
  message: `{{#${name}}} is not closed by {{/${name}}}.`,
  place,
});

const unknownHelper = (error: unknown): string | undefined =>
  /used the unknown helper (\S+)/.exec(error instanceof Error ? error.message : '')?.[1];

/** Where a tag is written as in another language of templates. */
function writtenElsewhere({ text }: TemplateFile, { line = 1, column = 1 }: Place): string | undefined {
  const own = text.split('\n')[line - 1] ?? '';
  const start = own.lastIndexOf('{{', column);
  const tag = start < 0 ? '' : (/^\{\{.*?\}\}/.exec(own.slice(start))?.[0] ?? '');
  const bare = tag.replace(/"[^"]*"|'[^']*'/g, '""');
  if (/\w\s*\(/.test(bare)) return `A helper is called without brackets, as in {{var "name"}}. ${HINT}`;
  return bare.includes(',') ? `Arguments are separated by spaces, not by commas. ${HINT}` : undefined;
}

function handlebarsHint(error: unknown): string {
  const helper = unknownHelper(error);
  return helper === undefined ? HINT : hintClosest(helper, Object.keys(KNOWN_HELPERS), HINT);
}

const handlebarsMessage = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  const helper = unknownHelper(error);
  if (helper !== undefined) return `There is no helper "${helper}".`;
  const missing = /^"(.*)" not defined in/.exec(text);
  if (missing) return `Nothing named "${missing[1]}" is given here.`;
  if (text.startsWith('Lexical error')) return 'The template does not parse: nothing in {{…}} is written like this.';
  if (/got 'INVERSE'/.test(text)) return '{{else}} stands outside of a block.';
  if (/got 'INVALID'/.test(text)) return 'The template does not parse: nothing in {{…}} is written like this.';
  const parse = /Expecting .*$/s.exec(text);
  return (parse ? `The template does not parse: ${parse[0]}` : text).replace(/ - \d+:\d+$/, '').replaceAll('\n', ' ');
};

function handlebarsPlace(error: unknown, template: TemplateFile): { file: string; line: number; column: number } {
  const at = error as { lineNumber?: number; column?: number; message?: string };
  const message = at.message ?? '';
  const inText = / - (\d+):(\d+)$/.exec(message) ?? /on line (\d+)/.exec(message);
  const line = at.lineNumber ?? Number(inText?.[1] ?? 1);
  const column = at.column ?? (inText?.[2] === undefined ? pointedColumn(message, template, line) : Number(inText[2]));
  return { file: template.file, line, column: column + 1 };
}

/** The column from 0 that the parser points at below an excerpt of the text, which it gives no number for. */
function pointedColumn(message: string, { text }: TemplateFile, line: number): number {
  const [, excerpt = '', pointer = ''] = /\n(.*)\n(-*)\^/.exec(message) ?? [];
  const rest = excerpt.slice(pointer.length).replace(/\.\.\.$/, '');
  const shown = text.split('\n')[line - 1] ?? '';
  // The excerpt may run on into the next line.
  const found = [rest.length, 8, 3, 1].map(length => (rest === '' ? -1 : shown.indexOf(rest.slice(0, length))));
  return found.find(at => at >= 0) ?? 0;
}
