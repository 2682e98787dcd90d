// Templated SQL to SQL: Handlebars with three helpers (ref, var, in_partitions) and the partials of sql/partials.
// Knows no assets and no analyzer; what a template refers to is given back for others to judge.

import Handlebars from 'handlebars';
import type { Var } from '../asset/config.ts';
import { PulseError } from '../errors.ts';
import { hintClosest } from '../graph/closest.ts';
import { PARTITIONS_PARAMETER } from './parameter.ts';
import { holdsMarks, mark, readMarks, type SourceMap } from './source-map.ts';

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
  readonly refs: ReadonlyMap<string, { readonly line: number; readonly column: number; readonly file: string }>;
  /** The columns that {{in_partitions}} named. */
  readonly hints: readonly string[];
}

/** `full` writes TRUE for {{in_partitions}}; `cells` a test against @pulse_partitions. */
export type RenderMode = 'full' | 'cells';

const KNOWN_HELPERS = { ref: true, var: true, in_partitions: true } as const;

/**
 * Renders a template.
 *
 * @throws {PulseError} TEMPLATE_INVALID with the template's or partial's file, line and column.
 */
export function render(template: TemplateFile, world: TemplateWorld, mode: RenderMode): Rendered {
  const files = [template.file, ...[...world.partials.values()].map(partial => partial.file)];
  const refs = new Map<string, { file: string; line: number; column: number }>();
  const hints: string[] = [];
  const environment = Handlebars.create();

  const placeOf = (options: Handlebars.HelperOptions): { file: string; line: number; column: number } => {
    // Handlebars hands a helper its own location in the template that is being rendered.
    const loc = (options as unknown as { loc?: hbs.AST.SourceLocation }).loc;
    const file = (loc as unknown as { source?: string } | undefined)?.source ?? template.file;
    return { file, line: loc?.start.line ?? 1, column: (loc?.start.column ?? 0) + 1 };
  };
  environment.registerHelper('ref', (name: unknown, options: Handlebars.HelperOptions) => {
    const place = placeOf(options);
    if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new PulseError('TEMPLATE_INVALID', '{{ref}} takes one name in quotes.', {
        hint: 'Write {{ref "stg_orders"}}.',
        place,
      });
    }
    if (!refs.has(name)) refs.set(name, place);
    return `\`${name}\``;
  });
  environment.registerHelper('var', (name: unknown, options: Handlebars.HelperOptions) =>
    literal(varOf(world, name, placeOf(options))),
  );
  environment.registerHelper('in_partitions', (column: unknown, options: Handlebars.HelperOptions) => {
    if (typeof column !== 'string') {
      throw new PulseError('TEMPLATE_INVALID', '{{in_partitions}} takes one column in quotes.', {
        hint: 'Write {{in_partitions "event_date"}}.',
        place: placeOf(options),
      });
    }
    hints.push(column);
    return mode === 'full' ? 'TRUE' : `${column} IN UNNEST(@${PARTITIONS_PARAMETER})`;
  });
  for (const [name, partial] of world.partials) {
    const compiled = compileMarked(environment, partial, files, world);
    // Wrapped, so that an error inside a partial names the partial's file.
    environment.registerPartial(name, (context, options) => run(partial, () => compiled(context, options)));
  }
  const marked = run(template, () => compileMarked(environment, template, files, world)({}));
  const map = readMarks(marked, files);
  return { sql: map.text, map, refs: new Map([...refs].sort(([a], [b]) => (a < b ? -1 : 1))), hints };
}

function compileMarked(
  environment: typeof Handlebars,
  template: TemplateFile,
  files: readonly string[],
  world: TemplateWorld,
): Handlebars.TemplateDelegate {
  if (holdsMarks(template.text)) {
    throw new PulseError(
      'TEMPLATE_INVALID',
      `${template.file} holds the characters U+E000 or U+E001, which pulse uses itself.`,
      {
        hint: "Write them as escapes in a string: '\\uE000'.",
        place: { file: template.file },
      },
    );
  }
  const ast = run(template, () => Handlebars.parse(template.text, { srcName: template.file }));
  const fileIndex = files.indexOf(template.file);
  markProgram(ast, { fileIndex, template, world });
  return run(template, () =>
    environment.compile(ast, {
      noEscape: true,
      strict: true,
      knownHelpers: KNOWN_HELPERS,
      knownHelpersOnly: true,
      explicitPartialContext: true,
      preventIndent: true,
    }),
  );
}

interface Marking {
  readonly fileIndex: number;
  readonly template: TemplateFile;
  readonly world: TemplateWorld;
}

/** Puts a mark before every stretch of text and before everything that a helper writes. */
function markProgram(program: hbs.AST.Program, marking: Marking): void {
  const body: hbs.AST.Statement[] = [];
  for (const node of program.body) {
    if (node.type === 'ContentStatement') markContent(node as hbs.AST.ContentStatement, marking.fileIndex);
    if (node.type === 'PartialStatement') checkPartial(node as hbs.AST.PartialStatement, marking);
    if (node.type === 'BlockStatement') {
      const block = node as hbs.AST.BlockStatement;
      markProgram(block.program, marking);
      if (block.inverse) markProgram(block.inverse, marking);
    }
    if (node.type === 'MustacheStatement') {
      const { line, column } = node.loc.start;
      body.push(contentNode(mark({ file: marking.fileIndex, line, column: column + 1, isWritten: true }), node));
    }
    body.push(node);
  }
  program.body = body;
}

function markContent(node: hbs.AST.ContentStatement, file: number): void {
  // A tag alone on its line takes its line end with it: `value` is then shorter than what stands in the file.
  const original = node.original as unknown as string;
  const cut = original.length - original.trimStart().length - (node.value.length - node.value.trimStart().length);
  const skipped = original.slice(0, Math.max(0, cut)).split('\n');
  const line = node.loc.start.line + skipped.length - 1;
  const column = (skipped.length === 1 ? node.loc.start.column : 0) + (skipped.at(-1)?.length ?? 0) + 1;
  node.value = mark({ file, line, column, isWritten: false }) + node.value;
}

const contentNode = (value: string, at: hbs.AST.Statement): hbs.AST.ContentStatement =>
  ({ type: 'ContentStatement', value, original: value, loc: at.loc }) as unknown as hbs.AST.ContentStatement;

function checkPartial(node: hbs.AST.PartialStatement, { template, world }: Marking): void {
  const name = (node.name as hbs.AST.PathExpression).original;
  if (node.name.type === 'PathExpression' && world.partials.has(name)) return;
  throw new PulseError('TEMPLATE_INVALID', `There is no partial "${name}" below sql/partials.`, {
    hint: hintClosest(name, world.partials.keys(), `Make sql/partials/${name}.sql, or mend the name.`),
    place: { file: template.file, line: node.loc.start.line, column: node.loc.start.column + 1 },
  });
}

function varOf(world: TemplateWorld, name: unknown, place: { file: string; line: number; column: number }): Var {
  const value = typeof name === 'string' && Object.hasOwn(world.vars, name) ? world.vars[name] : undefined;
  if (value !== undefined) return value;
  throw new PulseError('TEMPLATE_INVALID', `There is no variable "${String(name)}" in pulse.config.ts.`, {
    hint: hintClosest(String(name), Object.keys(world.vars), 'Declare it under `vars` in pulse.config.ts.'),
    place,
  });
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
    throw new PulseError('TEMPLATE_INVALID', handlebarsMessage(error), {
      place: handlebarsPlace(error, template),
      hint: 'Templates know {{ref "asset"}}, {{var "name"}}, {{in_partitions "column"}}, {{> partial}} and {{#if}}, {{#unless}}, {{#each}}.',
      cause: error,
    });
  }
}

const handlebarsMessage = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  const missing = /^"(.*)" not defined in/.exec(text);
  if (missing) return `Nothing named "${missing[1]}" is given here.`;
  const parse = /Expecting .*$/s.exec(text);
  return (parse ? `The template does not parse: ${parse[0]}` : text).replace(/ - \d+:\d+$/, '').replaceAll('\n', ' ');
};

function handlebarsPlace(error: unknown, template: TemplateFile): { file: string; line: number; column: number } {
  const at = error as { lineNumber?: number; column?: number; message?: string };
  const inText = / - (\d+):(\d+)$/.exec(at.message ?? '') ?? /on line (\d+)/.exec(at.message ?? '');
  return {
    file: template.file,
    line: at.lineNumber ?? Number(inText?.[1] ?? 1),
    column: (at.column ?? Number(inText?.[2] ?? 0)) + 1,
  };
}
