// What a compilation found, in the forms that people and programs read: text with code frames, JSON, GitHub annotations, SARIF 2.1.0.
// Pure: texts of the files are given.

import type { Place, PulseError } from '../errors.ts';
import { codeFrame } from './frame.ts';
import type { Colors } from './io.ts';
import { placeText } from './trouble.ts';
import { VERSION } from './version.ts';

export const FINDING_FORMATS = ['text', 'json', 'github', 'sarif'] as const;
export type FindingFormat = (typeof FINDING_FORMATS)[number];

export interface Finding {
  readonly level: 'error' | 'warning';
  /** The code of an error, or of a rule. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  /** The other place that it is about, if any: of a contract its other side. */
  readonly also?: Place | undefined;
  /** The text of the file it is in; undefined where it has no place or the file cannot be read. */
  readonly text: string | undefined;
}

/** Of an error; its text is for the caller to read. */
export const errorFinding = ({ code, message, hint, place, also }: PulseError): Omit<Finding, 'text'> => ({
  level: 'error',
  code,
  message,
  hint,
  place,
  also,
});

/** A fault of a partial is one, however many models include it: the first says of how many more. */
export function withoutRepeats<T extends Omit<Finding, 'text'>>(findings: readonly T[]): readonly T[] {
  const same = new Map<string, T[]>();
  for (const finding of findings) {
    const { code, message, place, also } = finding;
    const key = JSON.stringify([code, message, place, also]);
    same.set(key, [...(same.get(key) ?? []), finding]);
  }
  return [...same.values()].flatMap(([first, ...more]) => {
    if (first === undefined || more.length === 0) return first ?? [];
    return [
      {
        ...first,
        hint: `${first.hint ?? ''} And so ${more.length === 1 ? 'once' : `${more.length} times`} more.`.trimStart(),
      },
    ];
  });
}

const frameOf = ({ place, text }: Finding): string =>
  place === undefined || text === undefined ? '' : codeFrame(text, place);

/** Each as `error: …`, its place, its frame and its hint; those that say the same of many places once. */
export function findingsText(findings: readonly Finding[], colors: Colors): string {
  const indented = (text: string): string => text.replaceAll('\n', '\n  ');
  return findings
    .map(finding => {
      const { level, code, message, hint, place } = finding;
      const tint = level === 'error' ? colors.red : colors.yellow;
      const frame = frameOf(finding);
      const lines = [
        `${tint(colors.bold(`${level}:`))} ${indented(message)}${colors.dim(`  [${code}]`)}`,
        ...(place === undefined ? [] : [`  ${colors.dim('at')} ${placeText(place)}`]),
        ...(frame === '' ? [] : [`  ${indented(frame)}`]),
        ...(hint === undefined ? [] : [`${colors.cyan('hint:')} ${indented(hint)}`]),
      ];
      return `${lines.join('\n')}\n`;
    })
    .join('\n');
}

/** `{code, message, hint, place}` as every error of pulse, with its level and its frame. */
export const findingJson = (finding: Finding) => ({
  code: finding.code,
  level: finding.level,
  message: finding.message,
  hint: finding.hint ?? null,
  place: finding.place ?? null,
  ...(finding.also !== undefined && { also: finding.also }),
  frame: frameOf(finding) || null,
});

/** Workflow commands of GitHub Actions: one annotation a place, for only those in a file that a pull request changes are shown. */
export function githubText(findings: readonly Finding[], pathOf: (file: string) => string): string {
  const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return findings
    .flatMap(({ also, ...one }) => [one, ...(also === undefined ? [] : [{ ...one, place: also }])])
    .map(({ level, code, message, hint, place }) => {
      const properties = [
        place && `file=${property(pathOf(place.file))}`,
        place?.line !== undefined && `line=${place.line}`,
        place?.column !== undefined && `col=${place.column}`,
        `title=${property(code)}`,
      ].filter(one => typeof one === 'string');
      return `::${level} ${properties.join(',')}::${escaped(withHint({ message, hint }))}\n`;
    })
    .join('');
}

const withHint = ({ message, hint }: Pick<Finding, 'message' | 'hint'>): string =>
  hint === undefined ? message : `${message}\n${hint}`;

/** SARIF 2.1.0 (OASIS, 2020): one run, a rule a code. */
export function sarifOf(findings: readonly Finding[], pathOf: (file: string) => string) {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'pulse',
            semanticVersion: VERSION,
            rules: codes.map(id => ({ id, name: id })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map(({ level, code, message, hint, place, also }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level,
          message: { text: withHint({ message, hint }) },
          locations: place === undefined ? [] : [locationOf(place, pathOf)],
          ...(also !== undefined && { relatedLocations: [locationOf(also, pathOf)] }),
        })),
      },
    ],
  };
}

const locationOf = (place: Place, pathOf: (file: string) => string) => ({
  physicalLocation: {
    artifactLocation: { uri: pathOf(place.file).split('/').map(encodeURIComponent).join('/') },
    ...(place.line === undefined
      ? {}
      : {
          region: { startLine: place.line, ...(place.column === undefined ? {} : { startColumn: place.column }) },
        }),
  },
});
