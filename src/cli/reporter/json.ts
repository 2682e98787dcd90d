// Every event as one line of JSON, for programs. Errors become {code, message, hint, place}, times UTC text.

import type { Outlet } from '../io.ts';
import { troubleJson } from '../trouble.ts';
import type { Reporter } from './reporter.ts';

/** `value` as JSON text; errors in it at any depth as values. */
export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value, (_key, part: unknown) => (part instanceof Error ? troubleJson(part) : part))}\n`;

export function jsonReporter(out: Outlet): Reporter {
  return { emit: event => out.write(jsonLine(event)), close: () => undefined };
}
