// What a translation rule is given and gives: shared by the tables of nodes, functions and casts.

import type { SqlType } from '../type.ts';
import type { Value } from '../value.ts';
import type { Texts } from './pattern.ts';
import type { Items, Plain } from './plain-json.ts';

/** What a path of a JSON text leads to (functions/first-json.ts): what `raw` gives, wherever that is not odd, or NULL. */
export interface Seen {
  /** A column: SQL of the text, or of as much of it as its readers need. */
  readonly column: string;
  /** SQL of the text. */
  readonly whole: string;
  readonly kind: 'text' | 'json';
  /** DuckDB SQL of what the path leads to, perhaps with a mark. */
  readonly raw: string;
  readonly tokens: readonly string[];
  /** What is known of the text. */
  readonly plain: Plain | undefined;
  readonly isTrimmed: boolean;
  readonly isFilled: boolean;
}

/** What is true of a text where a condition holds (functions/match.ts). */
export interface Match {
  /** SQL of the text. */
  readonly of: string;
  /** It is one of these. */
  readonly texts: Texts;
}

/** An argument already translated. */
export interface Arg {
  /** DuckDB SQL, safe to put anywhere an expression may stand (parenthesized where it needs to be). */
  readonly sql: string;
  /** A date part, rounding mode or normalization form comes as STRING with its name as the literal: 'DAY', 'ISOWEEK', 'WEEK_MONDAY', 'NFC'. */
  readonly type: SqlType;
  /** The value, where the argument is a literal (null for a NULL literal); undefined where it is not. */
  readonly literal: Value | undefined;
  /** Of text, or an array of texts: what is known of it as JSON (plain-json.ts). */
  readonly plain?: Plain | undefined;
  /** Of an array: what whoever takes each element for itself reads. */
  readonly items?: Items | undefined;
  /** How to come by it at less cost, where nothing is odd about it. */
  readonly seen?: Seen | undefined;
  /** Of text: all that it can be, but for NULL. */
  readonly texts?: Texts | undefined;
  /** Of a condition that looks at a text's shape. */
  readonly match?: Match | undefined;
}

/** A call of a scalar function. */
export interface Call {
  /** As the resolved tree names it, lower-case, without its group: `$add`, `concat`, `json_value`. */
  readonly name: string;
  readonly args: readonly Arg[];
  readonly type: SqlType;
  /** Under SAFE.: an error gives NULL, but an error in an argument stays one. The table of functions sees to it. */
  readonly isSafe: boolean;
}

/** Writes the call as DuckDB SQL that gives exactly GoogleSQL's answer. @throws {Refusal} where it can't. */
export type Rule = (call: Call) => string;

/** Why something is not translated: `what` names the function, node or cast; `instead` the nearest thing that is. */
export class Refusal extends Error {
  readonly what: string;
  readonly instead: string | undefined;

  constructor(what: string, instead?: string) {
    super(what);
    this.name = 'Refusal';
    this.what = what;
    this.instead = instead;
  }
}
