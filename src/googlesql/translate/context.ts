// What the tables of nodes are handed: how to translate a child, and what the whole statement shares.

import type { Block, Cell } from './block.ts';
import type { Aliases } from './names.ts';
import type { Plain } from './plain-json.ts';
import type { Arg } from './rule.ts';
import type { Node } from './tree.ts';

/** What sees the order of a scan's rows: nothing; something; something through a join, whose sides need numbers for their rows. */
export type Asked = 'nothing' | 'order' | 'places';

/** Finds a column by its id: first among those of the scan at hand, then outwards. */
export type Scope = (id: string) => Cell | undefined;

export interface Context {
  readonly aliases: Aliases;
  /** CTEs by the analyzer's name, which is unique in the statement. */
  readonly ctes: Map<string, Cte>;
  /** Names for CTEs: none is a table's, which DuckDB would take for a circle. */
  readonly cteNames: Aliases;
  /** How many times the statement reads a CTE, in parts that are themselves read. */
  usesOf(cte: string): number;
  /** What its readers call its columns. */
  namesOf(cte: string): readonly string[];
  /** The recursive CTEs whose step is being written, innermost last. */
  readonly recursive: string[];
  /** The lists of rows that GROUP_ROWS() reads in the query at hand, innermost last. */
  readonly groupRows: string[];
  /** Finished CTEs in the order they are written. */
  readonly written: string[];
  readonly flags: { isRecursive: boolean; asked: Asked };
  /** Whether rows come from tables, which have no order. */
  readonly readsTables: boolean;
  /** A scan, with exactly the columns of its column_list visible. */
  scan(any: Node, outer: Scope): Block;
  expression(any: Node, scope: Scope): Arg;
  /** Does `work`, whose refusal stands where `any` was written. */
  at<T>(any: Node, work: () => T): T;
}

export interface Cte {
  readonly name: string;
  /** Its columns' names, in order. */
  readonly outputs: readonly string[];
  /** What is known of each as JSON (plain-json.ts): in columns of these names. */
  readonly plains?: readonly (Plain | undefined)[];
  /** So plain that each reader gets its own copy: a table's columns under other names, perhaps filtered. */
  readonly copy: (() => readonly [Block, readonly string[]]) | undefined;
}

export const NOTHING: Scope = () => undefined;
export const scopeOf =
  (block: Block, outer: Scope): Scope =>
  id =>
    block.columns.get(id) ?? outer(id);

export function cellIn(scope: Scope, id: string): Cell {
  const cell = scope(id);
  if (!cell) throw new Error(`column ${id} is not in scope`);
  return cell;
}
