// FORMAT_DATE, PARSE_TIMESTAMP and their kin: done by JavaScript (runtime/time-format.ts, time-parse.ts), which knows GoogleSQL's elements.

import type { ScalarKind } from '../../type.ts';
import { Refusal, type Rule } from '../rule.ts';
import { argument, attempt, text } from './sql.ts';

const microsOf = (kind: ScalarKind, x: string): string =>
  kind === 'DATE' ? `epoch_us(CAST(${x} AS TIMESTAMP))` : `epoch_us(${x})`;

/** Formats of elements alone that DuckDB writes alike, whatever the year. Of a DATE those of the clock are no elements. */
const SAME_ELEMENTS = /^(?:[^%]|%[AaBbdHMmSj])+$/;
const SAME_ELEMENTS_OF_DATE = /^(?:[^%]|%[AaBbdmj])+$/;

/** The kind decides which elements are left as they are written. */
const format: Rule = call => {
  const kind = argument(call, 1).type.kind as ScalarKind;
  const { literal } = argument(call, 0);
  if (typeof literal === 'string' && /%[-_0-9^#]/.test(literal.replaceAll('%%', ''))) {
    throw new Refusal(`${call.name.toUpperCase()} with flags or widths`, 'LPAD, LTRIM of the element');
  }
  const same = kind === 'DATE' ? SAME_ELEMENTS_OF_DATE : SAME_ELEMENTS;
  if (kind !== 'TIME' && call.args.length === 2 && typeof literal === 'string' && same.test(literal)) {
    return `strftime(${argument(call, 1).sql}, ${text(literal)})`;
  }
  const make = (f: string, x: string, zone = "'UTC'"): string =>
    `g_format_time(${f}, ${microsOf(kind, x)}, ${zone}, ${text(kind)})`;
  return attempt(
    call,
    (f = '', x = '', zone) => make(f, x, zone),
    `${call.name.toUpperCase()}: an unsupported format or an invalid time zone`,
  );
};

const parse =
  (kind: ScalarKind, write: (micros: string) => string): Rule =>
  call => {
    const make = (f: string, x: string, zone = "'UTC'"): string =>
      write(`g_parse_time(${f}, ${x}, ${zone}, ${text(kind)})`);
    return attempt(
      call,
      (f = '', x = '', zone) => make(f, x, zone),
      `Failed to parse input string by the format of ${call.name.toUpperCase()}`,
    );
  };

export const FORMAT_PARSE: Readonly<Record<string, Rule>> = {
  format_date: format,
  format_datetime: format,
  format_time: format,
  format_timestamp: format,
  parse_date: parse('DATE', micros => `CAST(make_timestamp(${micros}) AS DATE)`),
  parse_datetime: parse('DATETIME', micros => `make_timestamp(${micros})`),
  parse_time: parse('TIME', micros => `CAST(make_timestamp(${micros}) AS TIME)`),
  parse_timestamp: parse('TIMESTAMP', micros => `make_timestamp(${micros})`),
};
