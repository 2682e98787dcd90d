// What quality.checks of pulse.config.ts says of checks and measures that there are not: it would be kept in silence. Runs no check.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckRule } from '../asset/config.ts';
import { hintClosest } from '../closest.ts';
import { PulseError } from '../errors.ts';
import type { TypedColumn } from '../googlesql/type.ts';
import { CONFIG_FILE } from '../loading/config.ts';
import { pathPlace } from '../loading/config-place.ts';
import type { Project } from '../project.ts';
import { checkName } from '../warehouse/check-name.ts';
import { declaredMeasures, sqlChecks, sqlMeasures } from './check.ts';

/** By check; undefined where it is not known what it measures. */
type Measures = ReadonlyMap<string, readonly string[] | undefined>;

/** One error for each name that is of nothing. `columns` are those of the queries below sql/checks, by file, as far as they are known. */
export async function qualityFaults(
  project: Project,
  columns: ReadonlyMap<string, readonly TypedColumn[]>,
): Promise<readonly PulseError[]> {
  const rules = Object.entries(project.config.quality?.checks ?? {});
  if (rules.length === 0) return [];
  const measures = await measuresOf(project, columns);
  const text = readFileSync(join(project.root, CONFIG_FILE), 'utf8');
  return rules.flatMap(([name, rule]) => ruleFaults(name, rule, { project, measures, text }));
}

async function measuresOf(project: Project, columns: ReadonlyMap<string, readonly TypedColumn[]>): Promise<Measures> {
  const measures = new Map<string, readonly string[] | undefined>();
  for (const check of await sqlChecks(project)) {
    measures.set(check.name, sqlMeasures(check, columns.get(check.measures?.template.file ?? '')));
  }
  for (const { name, checks, freshness } of project.graph.assets.values()) {
    for (const check of checks) measures.set(`${name}.${checkName(check)}`, declaredMeasures(check));
    if (freshness !== undefined) measures.set(`${name}.freshness policy`, ['overdue']);
  }
  return measures;
}

interface World {
  readonly project: Project;
  readonly measures: Measures;
  readonly text: string;
}

function ruleFaults(name: string, rule: CheckRule, { project, measures, text }: World): readonly PulseError[] {
  const fault = (message: string, hint: string, path: readonly string[]): PulseError =>
    new PulseError('CONFIG_INVALID', message, {
      hint,
      place: { file: CONFIG_FILE, ...pathPlace(text, ['quality', 'checks', name, ...path]) },
    });
  // What is wrong with the asset is said elsewhere.
  if (project.excluded.has(name.split('.')[0] ?? '')) return [];
  if (!measures.has(name)) {
    const otherwise =
      'It is the name of a file of sql/checks, or of a check that an asset declares: `pulse check` lists them.';
    const hint = hintClosest(name, measures.keys(), otherwise);
    return [fault(`quality.checks has a rule for "${name}", which is no check of this project.`, hint, [])];
  }
  const known = measures.get(name);
  if (known === undefined) return [];
  return (['thresholds', 'minimum'] as const).flatMap(key =>
    Object.keys(rule[key] ?? {})
      .filter(measure => !known.includes(measure))
      .map(measure => {
        const said = `quality.checks judges "${name}" by "${measure}", which it does not measure.`;
        return fault(said, hintClosest(measure, known, `It measures ${known.join(', ')}.`), [key, measure]);
      }),
  );
}
