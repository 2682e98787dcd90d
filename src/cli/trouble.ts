// Errors as people and programs read them, and the exit code each one means.
// error: what is wrong / where / hint: what to do next. A bug says so, with its stack.

import { type ErrorCode, EXIT, type Place, PulseError, PulseErrors } from '../errors.ts';
import type { ExitCode } from './command.ts';
import type { Colors } from './io.ts';

/** What was tried and went wrong; every other code means that it could not be started. */
const FAILED: ReadonlySet<ErrorCode> = new Set([
  'SQL_INVALID',
  'SQL_TOO_NEW',
  'SQL_NOT_TRANSLATED',
  'CONTRACT_BROKEN',
  'UPSTREAM_BROKEN',
  'WAREHOUSE_QUERY_FAILED',
  'QUERY_TIMEOUT',
  'ANALYZER_TIMEOUT',
  'ANALYZER_FAILED',
  'BUDGET_EXCEEDED',
  'CHECK_FAILED',
  'RECEIPT_MISMATCH',
]);

export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof PulseError)) return EXIT.failed;
  if (error.code === 'RUN_INTERRUPTED') return EXIT.interrupted;
  if (error instanceof PulseErrors && error.errors.length > 0 && error.errors.every(one => FAILED.has(one.code))) {
    return EXIT.failed;
  }
  return FAILED.has(error.code) ? EXIT.failed : EXIT.cannotStart;
}

/** `models/marts/fact_orders.sql:12:8` */
export function placeText(place: Place): string {
  return [place.file, place.line, place.column].filter(part => part !== undefined).join(':');
}

interface Style {
  readonly colors: Colors;
  /** With the stack and the causes. */
  readonly isDebug: boolean;
}

const indented = (text: string, by: string): string => text.replaceAll('\n', `\n${by}`);

function pulseErrorLines(error: PulseError, { colors }: Style, indent = ''): string[] {
  const lines = [`${indent}${colors.red(colors.bold('error:'))} ${indented(error.message, `${indent}  `)}`];
  if (error.place !== undefined) lines.push(`${indent}  ${colors.dim('at')} ${placeText(error.place)}`);
  if (error.hint !== undefined) lines.push(`${indent}${colors.cyan('hint:')} ${indented(error.hint, `${indent}  `)}`);
  return lines;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

/** The error as text for a terminal, with its last line ended. */
export function troubleText(error: unknown, style: Style): string {
  const { colors } = style;
  if (!(error instanceof PulseError)) {
    const what = error instanceof Error ? error.message : String(error);
    return `${colors.red(colors.bold('Internal error:'))} ${what}\n${stackOf(error)}\nThis is a bug in pulse: please report it with the lines above.\n`;
  }
  const each =
    error instanceof PulseErrors ? error.errors.flatMap(one => ['', ...pulseErrorLines(one, style, '  ')]) : [];
  const stack = style.isDebug ? [stackOf(error)] : [];
  return [...pulseErrorLines(error, style), ...each, ...stack].join('\n').concat('\n');
}

/** The error as a JSON value: `{code, message, hint, place}`, with `errors` where several were found together. */
export function troubleJson(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof PulseError)) {
    return {
      code: 'INTERNAL',
      message: error instanceof Error ? error.message : String(error),
      hint: null,
      place: null,
    };
  }
  return {
    code: error.code,
    message: error.message,
    hint: error.hint ?? null,
    place: error.place ?? null,
    ...(error instanceof PulseErrors ? { errors: error.errors.map(troubleJson) } : {}),
  };
}
