// The words of a selection, read: dbt's and Dagster's grammar to a value. Pure; knows no graph, so no name is checked here.

import { hintClosest } from '../closest.ts';
import { PulseError } from '../errors.ts';

/** `+x` has above: Infinity, `2+x` above: 2, `x` above: 0; below likewise. `@x` is x, its descendants, and all ancestors of those. */
export interface Term {
  /** As it was written, for messages. */
  readonly text: string;
  readonly method: Method;
  readonly value: string;
  readonly above: number;
  readonly below: number;
  readonly isAt: boolean;
}

/** What holds of all its terms at once: `a,b`. */
export type Intersection = readonly Term[];

const METHODS = ['name', 'tag', 'kind', 'path', 'owner', 'status'] as const;
export type Method = (typeof METHODS)[number];

/**
 * Words as they came from the shell, to a union of intersections. A word may hold several, apart by spaces.
 *
 *     fact_orders  stg_*        a name, a glob (* ? [ab])
 *     tag: kind: path: owner: status:   a method with its value, which may be a glob; a bare word with a / is a path
 *     +x  x+  2+x+1  @x         with ancestors, descendants, so many edges of them, all that its descendants need
 *     a b                       union
 *     a,b                       intersection
 *
 * Dagster's old `*x` for all ancestors is not read: it is a glob here. Owners with spaces in them are reached by globs.
 *
 * @throws {PulseError} SELECTION_INVALID
 */
export function readSelection(words: readonly string[]): readonly Intersection[] {
  return words.flatMap(word => {
    const parts = word.split(/\s+/).filter(part => part !== '');
    if (parts.length === 0) {
      throw new PulseError('SELECTION_INVALID', 'A word of the selection is empty.', {
        hint: 'Name an asset, or leave the word out to select everything.',
      });
    }
    return parts.map(part => part.split(',').map(text => readTerm(text, part)));
  });
}

/** Ancestors, then a method or nothing, then anything up to the descendants. dbt's own: SELECTOR_PATTERN in graph/selector_spec.py. */
const TERM = /^(?<at>@)?(?:(?<above>\d*)\+)?(?:(?<method>[a-z_]+):)?(?<value>.*?)(?:\+(?<below>\d*))?$/;

function readTerm(text: string, part: string): Term {
  const { at, above, method, value = '', below } = TERM.exec(text)?.groups ?? {};
  if (value === '')
    throw invalid(part, text === '' ? 'has a comma with nothing beside it' : `names nothing in "${text}"`);
  if (at !== undefined && (above !== undefined || below !== undefined)) {
    throw new PulseError('SELECTION_INVALID', `"${text}" has both @ and +.`, {
      hint: '@x is x, its descendants, and all that those need: there is nothing to add.',
    });
  }
  return {
    text,
    method: method === undefined ? (value.includes('/') ? 'path' : 'name') : methodOf(method, text),
    value,
    above: depthOf(above),
    below: depthOf(below),
    isAt: at !== undefined,
  };
}

const depthOf = (digits: string | undefined): number =>
  digits === undefined ? 0 : digits === '' ? Number.POSITIVE_INFINITY : Number(digits);

function methodOf(word: string, text: string): Method {
  const method = METHODS.find(known => known === word);
  if (method !== undefined) return method;
  throw new PulseError('SELECTION_INVALID', `"${text}" selects by "${word}:", which is no method.`, {
    hint: hintClosest(
      `${word}:`,
      METHODS.map(known => `${known}:`),
      `The methods are ${METHODS.join(':, ')}:.`,
    ),
  });
}

function invalid(part: string, what: string): PulseError {
  return new PulseError('SELECTION_INVALID', `"${part}" ${what}.`, {
    hint: 'Terms are joined as in tag:marts,kind:model (both) or stg_orders+ dim_* (either).',
  });
}
