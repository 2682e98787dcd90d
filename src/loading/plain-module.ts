// Evaluates a TypeScript file that is plain JavaScript but for its imports from 'pulse': nearly every asset, in microseconds
// where a transpiler takes milliseconds. Whatever is not plain, or fails, is left to the transpiler, whose errors people see.

import { compileFunction } from 'node:vm';

/** The default export of a plain file. */
export interface PlainModule {
  readonly exported: unknown;
}

const IMPORT = /^import\s+(type\s+)?\{([^{}]*)\}\s+from\s+(['"])pulse\3[ \t]*;?/gm;
const EXPORT = /^export\s+default\s/gm;
/** What a script can't hold, or what would mean something else in one. */
const NOT_PLAIN =
  /^\s*(?:import|export)\b|\bimport\s*[.(]|\brequire\s*\(|\b(?:module|exports)\s*[.[=]|\b__(?:dir|file)name\b|[\w$]\s*<[\w\s,.<>[\]|&'"]*>\s*\(/m;

/**
 * Evaluates `text` with `face` as what 'pulse' exports; undefined where the file needs a transpiler.
 * Types make a syntax error of it, and so does top-level await: then it is not plain.
 * `filename` stands in the stacks of what it throws later, with the lines of the file.
 */
export function evaluatePlain(
  text: string,
  face: object,
  { filename }: { readonly filename?: string } = {},
): PlainModule | undefined {
  const bindings: string[] = [];
  const body = text
    .replace(IMPORT, (whole, isType: string | undefined, names: string) => {
      if (isType === undefined) bindings.push(...bindingsOf(names));
      return blank(whole);
    })
    .replace(EXPORT, 'module_.exported = ');
  if (text.match(EXPORT)?.length !== 1 || NOT_PLAIN.test(body)) return undefined;
  const module_: { exported?: unknown } = {};
  try {
    const code = `"use strict"; const { ${bindings.join(', ')} } = face_; ${body}`;
    compileFunction(code, ['face_', 'module_'], filename === undefined ? {} : { filename })(face, module_);
  } catch {
    // The transpiler says what is wrong, in the words of TypeScript and with the place.
    return undefined;
  }
  return { exported: module_.exported };
}

/** `a`, `b as c` and `type D` of an import as what a destructuring binds. */
const bindingsOf = (names: string): string[] =>
  names
    .replace(/\/\/.*$|\/\*[\s\S]*?\*\//gm, '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '' && !/^type\s/.test(name))
    .map(name => name.replace(/\s+as\s+/, ': '));

const blank = (text: string): string => text.replace(/[^\n]/g, '');
