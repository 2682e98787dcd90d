// What texts a regular expression takes, where it is simple: anchored at both ends, of ASCII characters, classes, groups and repetitions.
// Tells shapes of fixed length, which DuckDB matches faster by GLOB, and whether all that one pattern takes another takes too. Pure;
// of what it does not read it says nothing.

/** ASCII codes. */
type Chars = ReadonlySet<number>;

type Tree =
  | { readonly kind: 'chars'; readonly chars: Chars }
  | { readonly kind: 'sequence'; readonly parts: readonly Tree[] }
  | { readonly kind: 'choice'; readonly parts: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly part: Tree; readonly min: number; readonly max: number };

/** The texts that a pattern takes as a whole. */
export type Texts = Tree;

const EMPTY: Tree = { kind: 'sequence', parts: [] };
const REPEATS_MAX = 64;

class Unread extends Error {}

/** Of `^…$`; undefined where it is not that simple. */
export function textsOf(pattern: string): Texts | undefined {
  if (!/^\^.*[^\\]\$$/s.test(pattern)) return undefined;
  return wholeTextsOf(pattern.slice(1, -1), true);
}

/** Of a pattern that is matched with whole texts. `isAnchored`: it stood between anchors, which bind closer than a `|`. */
export function wholeTextsOf(pattern: string, isAnchored = false): Texts | undefined {
  try {
    const { tree, end } = choice(pattern, 0);
    return end < pattern.length || (isAnchored && tree.kind === 'choice') ? undefined : tree;
  } catch (error) {
    if (error instanceof Unread) return undefined;
    throw error;
  }
}

interface Read {
  readonly tree: Tree;
  readonly end: number;
}

function choice(pattern: string, start: number): Read {
  const parts: Tree[] = [];
  for (let at = start; ; ) {
    const { tree, end } = sequence(pattern, at);
    parts.push(tree);
    if (pattern[end] !== '|') return { tree: parts.length === 1 ? tree : { kind: 'choice', parts }, end };
    at = end + 1;
  }
}

function sequence(pattern: string, start: number): Read {
  const parts: Tree[] = [];
  let at = start;
  while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
    const { tree, end } = repeated(pattern, atom(pattern, at));
    parts.push(tree);
    at = end;
  }
  return { tree: { kind: 'sequence', parts }, end: at };
}

function atom(pattern: string, at: number): Read {
  const char = pattern[at] ?? '';
  if (char === '(') {
    const open = pattern.startsWith('(?:', at) ? at + 3 : at + 1;
    if (pattern[open] === '?') throw new Unread();
    const { tree, end } = choice(pattern, open);
    if (pattern[end] !== ')') throw new Unread();
    return { tree, end: end + 1 };
  }
  if (char === '[') return classAt(pattern, at);
  if (char === '\\') return { tree: chars(escaped(pattern[at + 1] ?? '')), end: at + 2 };
  if (/[\^$.*+?{})\]]/.test(char)) throw new Unread();
  return { tree: chars([codeOf(char)]), end: at + 1 };
}

const chars = (codes: Iterable<number>): Tree => ({ kind: 'chars', chars: new Set(codes) });

function codeOf(char: string): number {
  const code = char.charCodeAt(0);
  if (char === '' || code > 127) throw new Unread();
  return code;
}

const range = (from: string, to: string): number[] => {
  const [first, last] = [codeOf(from), codeOf(to)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
};

function escaped(char: string): readonly number[] {
  if (char === 'd') return range('0', '9');
  if (char === 's') return [9, 10, 12, 13, 32];
  if (char === '' || /\w/.test(char)) throw new Unread();
  return [codeOf(char)];
}

function classAt(pattern: string, start: number): Read {
  const found = /^\[((?:[^\]\\[^]|\\[^\w]|\\[ds])+)\]/.exec(pattern.slice(start));
  if (!found) throw new Unread();
  const codes: number[] = [];
  for (const [, quoted, from = '', to] of (found[1] ?? '').matchAll(/\\(.)|(.)(?:-([^\\]))?/gs)) {
    if (quoted !== undefined) codes.push(...escaped(quoted));
    else codes.push(...(to === undefined ? [codeOf(from)] : range(from, to)));
  }
  return { tree: chars(codes), end: start + found[0].length };
}

function repeated(pattern: string, { tree, end }: Read): Read {
  const [found = '', one, min, comma, max] = /^(?:([?*+])|\{(\d+)(,?)(\d*)\})/.exec(pattern.slice(end)) ?? [];
  if (found === '') return { tree, end };
  const next = end + found.length;
  // Lazy or possessive, or a repetition of a repetition.
  if (/[?*+{]/.test(pattern[next] ?? '')) throw new Unread();
  if (one !== undefined) {
    const bounds = { '?': [0, 1], '*': [0, Infinity], '+': [1, Infinity] }[one] ?? [1, 1];
    return { tree: { kind: 'repeat', part: tree, min: bounds[0] ?? 0, max: bounds[1] ?? 0 }, end: next };
  }
  const least = Number(min);
  const most = comma === '' ? least : max === '' ? Infinity : Number(max);
  if (least > REPEATS_MAX || (most !== Infinity && most > REPEATS_MAX)) throw new Unread();
  return { tree: { kind: 'repeat', part: tree, min: least, max: most }, end: next };
}

// Shapes of fixed length

const SHAPES_MAX = 4;
const LENGTH_MAX = 64;

/**
 * Patterns for DuckDB's GLOB that together take the same texts; undefined where these are no few shapes of fixed length. What is likeliest
 * comes first, for the others are then asked of what is left: the longest, which has all that is optional, and the one with most texts.
 */
export function globsOf(texts: Texts): readonly string[] | undefined {
  const shapes = shapesOf(texts);
  if (shapes === undefined || shapes.some(shape => shape.length > LENGTH_MAX)) return undefined;
  const ordered = [...shapes].sort((a, b) => b.length - a.length || countOf(b) - countOf(a));
  const globs = ordered.map(shape => shape.map(globOf));
  return globs.some(glob => glob.includes('')) ? undefined : globs.map(glob => glob.join(''));
}

type Shape = readonly Chars[];

const countOf = (shape: Shape): number => shape.reduce((count, { size }) => count * size, 1);

function shapesOf(tree: Tree): readonly Shape[] | undefined {
  if (tree.kind === 'chars') return [[tree.chars]];
  if (tree.kind === 'choice') return few(tree.parts.map(shapesOf), all => all.flat());
  if (tree.kind === 'sequence') return inSequence(tree.parts.map(shapesOf));
  if (tree.max > LENGTH_MAX || tree.max - tree.min >= SHAPES_MAX) return undefined;
  const part = shapesOf(tree.part);
  const counts = Array.from({ length: tree.max - tree.min + 1 }, (_, i) => tree.min + i);
  return few(
    counts.map(count => inSequence(Array.from({ length: count }, () => part))),
    all => all.flat(),
  );
}

const inSequence = (parts: readonly (readonly Shape[] | undefined)[]): readonly Shape[] | undefined =>
  parts.reduce<readonly Shape[] | undefined>(
    (shapes, part) =>
      few([shapes, part], ([before = [], after = []]) => before.flatMap(a => after.map(b => [...a, ...b]))),
    [[]],
  );

function few(
  parts: readonly (readonly Shape[] | undefined)[],
  join: (parts: readonly (readonly Shape[])[]) => readonly Shape[],
): readonly Shape[] | undefined {
  const known = parts.flatMap(part => (part === undefined ? [] : [part]));
  const shapes = known.length === parts.length ? join(known) : undefined;
  return shapes === undefined || shapes.length > SHAPES_MAX ? undefined : shapes;
}

/** One character of it; '' where GLOB might take it for something else. */
function globOf(chars: Chars): string {
  const codes = [...chars].sort((a, b) => a - b);
  const [first = 0] = codes;
  if (codes.some(code => !/[\w \-:/.,+]/.test(String.fromCharCode(code)))) return '';
  if (codes.length === 1) return String.fromCharCode(first);
  const last = codes[codes.length - 1] ?? first;
  const isRun = codes.length > 2 && last - first === codes.length - 1;
  // A minus stands first, where it spans nothing.
  const ordered = [...codes.filter(code => code === 45), ...codes.filter(code => code !== 45)];
  return isRun && /^\w$/.test(String.fromCharCode(first)) && /^\w$/.test(String.fromCharCode(last))
    ? `[${String.fromCharCode(first)}-${String.fromCharCode(last)}]`
    : `[${String.fromCharCode(...ordered)}]`;
}

/** So long a beginning is looked at. */
const PREFIX_MAX = 16;

/**
 * A condition that holds of all of the texts and of few others, by the characters that they begin with, and where that is few by all that
 * they have; undefined where that says nothing. `of`: SQL of the text.
 */
export function likeAny(texts: Texts, of: string): string | undefined {
  const machine = machineOf(texts);
  const globs: string[] = [];
  let states = reached(machine, [machine.start]);
  while (globs.length < PREFIX_MAX && !states.includes(machine.end)) {
    const codes = codesFrom(machine, states);
    const glob = codes.size === 0 ? '' : globOf(codes);
    if (glob === '') break;
    globs.push(glob);
    states = reached(
      machine,
      [...codes].flatMap(code => moved(machine, states, code)),
    );
  }
  if (globs.length === 0) return undefined;
  const begins = `${of} GLOB '${globs.join('')}*'`;
  const all = globOf(new Set(machine.steps.flatMap(steps => steps.flatMap(({ chars }) => [...(chars ?? [])]))));
  return globs.length < PREFIX_MAX && all.startsWith('[')
    ? `${begins} AND NOT ${of} GLOB '*[!${all.slice(1)}*'`
    : begins;
}

// One within the other

/** The texts with `text` behind each. */
export function followedBy(texts: Texts, text: string): Texts | undefined {
  if (/[^\0-\x7f]/.test(text)) return undefined;
  return { kind: 'sequence', parts: [texts, ...[...text].map(char => chars([char.charCodeAt(0)]))] };
}

/** The texts with one character in the place of another. */
export function replaced(texts: Texts, from: string, to: string): Texts | undefined {
  if (!/^[\0-\x7f]$/.test(from) || !/^[\0-\x7f]$/.test(to)) return undefined;
  const [old, next] = [from.charCodeAt(0), to.charCodeAt(0)];
  const mapped = (tree: Tree): Tree => {
    if (tree.kind === 'chars') return chars([...tree.chars].map(code => (code === old ? next : code)));
    if (tree.kind === 'repeat') return { ...tree, part: mapped(tree.part) };
    return { ...tree, parts: tree.parts.map(mapped) };
  };
  return mapped(texts);
}

/** Whether every text of `inner` is one of `outer`. */
export function isWithin(inner: Texts, outer: Texts): boolean {
  const [a, b] = [machineOf(inner), machineOf(outer)];
  const seen = new Set<string>();
  const open = [{ a: reached(a, [a.start]), b: reached(b, [b.start]) }];
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const key = `${pair.a.join()} ${pair.b.join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (pair.a.includes(a.end) && !pair.b.includes(b.end)) return false;
    for (const code of codesFrom(a, pair.a)) {
      open.push({ a: reached(a, moved(a, pair.a, code)), b: reached(b, moved(b, pair.b, code)) });
    }
  }
  return true;
}

interface Step {
  readonly to: number;
  /** None: without a character. */
  readonly chars?: Chars;
}

interface Machine {
  readonly steps: readonly (readonly Step[])[];
  readonly start: number;
  readonly end: number;
}

function machineOf(texts: Texts): Machine {
  const steps: Step[][] = [];
  const state = (): number => steps.push([]) - 1;
  const join = (from: number, step: Step): unknown => steps[from]?.push(step);
  /** The state behind the tree's texts, from a state on. */
  const add = (tree: Tree, from: number): number => {
    if (tree.kind === 'chars') {
      const to = state();
      join(from, { to, chars: tree.chars });
      return to;
    }
    if (tree.kind === 'sequence') return tree.parts.reduce((at, part) => add(part, at), from);
    const to = state();
    if (tree.kind === 'choice') {
      for (const part of tree.parts) join(add(part, from), { to });
      return to;
    }
    let at = add({ kind: 'sequence', parts: Array.from({ length: tree.min }, () => tree.part) }, from);
    if (tree.max === Infinity) {
      const again = state();
      join(at, { to: again });
      join(add(tree.part, again), { to: again });
      at = again;
    } else {
      for (let i = tree.min; i < tree.max; i++) {
        join(at, { to });
        at = add(tree.part, at);
      }
    }
    join(at, { to });
    return to;
  };
  const start = state();
  const end = add({ kind: 'sequence', parts: [EMPTY, texts] }, start);
  return { steps, start, end };
}

/** The states that are reached from these without a character, in order. */
function reached({ steps }: Machine, from: readonly number[]): readonly number[] {
  const found = new Set(from);
  for (const at of found) for (const step of steps[at] ?? []) if (step.chars === undefined) found.add(step.to);
  return [...found].sort((x, y) => x - y);
}

const moved = ({ steps }: Machine, from: readonly number[], code: number): readonly number[] =>
  from.flatMap(at => (steps[at] ?? []).flatMap(({ to, chars }) => (chars?.has(code) ? [to] : [])));

const codesFrom = ({ steps }: Machine, from: readonly number[]): ReadonlySet<number> =>
  new Set(from.flatMap(at => (steps[at] ?? []).flatMap(({ chars }) => (chars ? [...chars] : []))));
