// The blocks of templates: {{#if}}, {{#unless}} and {{#each}}, and what a variable is to them: its value, not its SQL.
// A block that would leave its body out whatever is given is refused where it stands.

import type Handlebars from 'handlebars';
import type { Var } from '../asset/config.ts';
import { type Place, PulseError } from '../errors.ts';
import { withoutMarks } from './source-map.ts';

/** {{var}} as blocks and partials ask for it; no template can write this name. */
export const VAR_VALUE = 'pulse:var';

const BLOCKS: ReadonlySet<string> = new Set(['if', 'unless', 'each']);
/** What {{#each}} says of an item besides the item itself. */
const ITEM_DATA: ReadonlySet<string> = new Set(['index', 'key', 'first', 'last']);

/** Names that stand for an item, and whether there is one: what blocks around a place give it. */
export interface BlockScope {
  readonly items: ReadonlySet<string>;
  readonly isInEach: boolean;
}

export const OUTERMOST: BlockScope = { items: new Set(), isInEach: false };

/** What the body of a block is given. */
export function scopeWithin({ path, program }: hbs.AST.BlockStatement, scope: BlockScope): BlockScope {
  if ((path as hbs.AST.PathExpression).original !== 'each') return scope;
  return { items: new Set([...scope.items, ...(program.blockParams ?? [])]), isInEach: true };
}

interface BlockFault {
  readonly message: string;
  readonly hint: string;
}

/** What is wrong with a block as it is written; a partial may be given any name, a model is given none. */
export function blockFault(
  { params, path }: hbs.AST.BlockStatement,
  {
    scope,
    vars,
    isPartial,
  }: { readonly scope: BlockScope; readonly vars: Readonly<Record<string, Var>>; readonly isPartial: boolean },
): BlockFault | undefined {
  const block = (path as hbs.AST.PathExpression).original;
  if (!BLOCKS.has(block)) {
    return { message: `There is no block {{#${block}}}.`, hint: 'Blocks are {{#if}}, {{#unless}} and {{#each}}.' };
  }
  const [asked] = params;
  const hint = `Write {{#${block} (var "name")}}.`;
  if (asked === undefined || params.length > 1) return { message: `{{#${block}}} takes one thing.`, hint };
  if (asked.type === 'SubExpression') {
    const helper = ((asked as hbs.AST.SubExpression).path as hbs.AST.PathExpression).original;
    if (helper === 'var') return undefined;
    return { message: `{{#${block} (${helper} …)}} asks for what is no value: only (var "name") is one.`, hint };
  }
  if (asked.type !== 'PathExpression') return block === 'each' ? notAList('a literal', vars) : undefined;
  const { original, data, parts } = asked as hbs.AST.PathExpression;
  const isKnown = data
    ? ITEM_DATA.has(parts[0] ?? '') && (isPartial || scope.isInEach)
    : isPartial || (parts.length === 0 ? scope.isInEach : parts.length === 1 && scope.items.has(parts[0] ?? ''));
  if (isKnown) return block === 'each' && !isPartial ? notAList('an item, which is a text', vars) : undefined;
  const name = parts.at(-1) ?? original;
  return {
    message: `{{#${block} ${original}}} asks for "${data ? '@' : ''}${original.replace(/^@/, '')}", which a ${isPartial ? 'partial' : 'model'} is not given.`,
    hint: Object.hasOwn(vars, name)
      ? `Write {{#${block} (var "${name}")}}.`
      : 'Only partials are given names, by who includes them: {{> partial name="…"}}. A variable is (var "name").',
  };
}

/** Makes (var "name") in a block, or in what a partial is given, ask for the value. */
export function askForValue(expression: hbs.AST.Expression | undefined): void {
  if (expression?.type !== 'SubExpression') return;
  const path = (expression as hbs.AST.SubExpression).path as hbs.AST.PathExpression;
  if (path.original === 'var') Object.assign(path, { original: VAR_VALUE, parts: [VAR_VALUE] });
}

/** FALSE and '' to a block: no list, but as empty as one, and still the literal where it is written. */
class Falsy extends Array<never> {}

/**
 * A variable for a block, and for a partial: a list can be gone through, FALSE, 0 and '' are false, and written it is
 * the literal that {{var}} writes.
 */
export function blockValue(value: Var, literal: string): unknown {
  if (typeof value === 'number') return value;
  const written = { toString: () => literal };
  if (value === false || value === '') return Object.assign(new Falsy(), written);
  return typeof value === 'object' ? Object.assign([...value], written) : literal;
}

const notAList = (what: string, vars: Readonly<Record<string, Var>>): BlockFault => {
  const list = Object.entries(vars).find(([, value]) => typeof value === 'object')?.[0];
  return {
    message: `{{#each}} goes through a list, and is given ${what}.`,
    hint: `Write {{#each (var "${list ?? 'name'}")}} with a list of texts under \`vars\` in pulse.config.ts.`,
  };
};

/** Letters, digits and what stands between them: neither ends a text or a name, nor starts a comment. */
const isPlain = (item: string): boolean => /^(?!-)(?:[\p{L}\p{N}_.:+ ]|-(?![-]|$))*$/u.test(item);

/** Sets an {{#each}} that refuses what is no list, and items that would not be one word or text of SQL. */
export function registerEach(
  environment: typeof Handlebars,
  {
    vars,
    placeOf,
    fault,
  }: {
    readonly vars: Readonly<Record<string, Var>>;
    readonly placeOf: (options: Handlebars.HelperOptions, argument: unknown) => Required<Place>;
    readonly fault: (message: string, hint: string, place: Place) => string;
  },
): void {
  const each = environment.helpers.each as Handlebars.HelperDelegate;
  environment.registerHelper('each', function (this: unknown, list: unknown, options: Handlebars.HelperOptions) {
    const place = placeOf(options, list);
    if (!Array.isArray(list) || list instanceof Falsy) {
      const text = list === undefined ? 'nothing' : `${String(withoutMarks(list))}`;
      const { message, hint } = notAList(text, vars);
      return fault(message, hint, place);
    }
    const odd = list.map(String).find(item => !isPlain(item));
    if (odd === undefined) return each.call(this, list, options);
    return fault(
      `{{#each}} writes its items as they stand, and ${JSON.stringify(odd)} could end the text or name it stands in.`,
      'Items may hold letters, digits, spaces and any of _ . : + -. A whole list is {{var "name"}}: IN UNNEST({{var "name"}}).',
      place,
    );
  });
}

/** An item or what is said of it, where there is none. */
export function itemFault(
  { path }: hbs.AST.MustacheStatement,
  { scope, isPartial, place }: { readonly scope: BlockScope; readonly isPartial: boolean; readonly place: Place },
): PulseError | undefined {
  if (path.type !== 'PathExpression') return undefined;
  const { original, parts, depth } = path as hbs.AST.PathExpression;
  // Handlebars counts what is around by another rule than it looks: it would write another item, or none. A partial has names around.
  if (depth > 0 && (!isPartial || parts.length === 0)) {
    return new PulseError('TEMPLATE_INVALID', `{{${original}}} asks for what stands around the block.`, {
      hint: 'Give the outer item a name: {{#each (var "name") as |item|}} … {{item}}.',
      place,
    });
  }
  if (isPartial || scope.isInEach) return undefined;
  if (parts.length > 0) return undefined;
  return new PulseError('TEMPLATE_INVALID', `{{${original}}} stands outside of {{#each}}.`, {
    hint: 'Only {{#each (var "name")}} has items.',
    place,
  });
}
