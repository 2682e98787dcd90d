// The questions of sql/analytics: which there are, and their answers for a span of days. Reads only.

import { hintClosest } from '../closest.ts';
import type { QuerySource } from '../compile/asked-query.ts';
import { must, PulseError } from '../errors.ts';
import type { ResultSet } from '../googlesql/value.ts';
import type { Project } from '../project.ts';
import { FIRST_DAY, LAST_DAY } from '../quality/day.ts';
import { openAsking, span, sqlFiles } from './ask.ts';
import { descriptionOf } from './check.ts';

export interface Question {
  /** `1_daily_revenue` */
  readonly name: string;
  readonly description: string;
  readonly source: QuerySource;
}

export interface Answer extends Question {
  readonly result: ResultSet;
}

export async function questionsOf(project: Project): Promise<readonly Question[]> {
  return (await sqlFiles(project, 'analytics')).map(source => ({
    name: source.name.replace(/^analytics\./, ''),
    description: descriptionOf(source),
    source,
  }));
}

/** The question that `word` means: its name, its name without the number, or its number. */
export function chooseQuestion(questions: readonly Question[], word: string): Question {
  const found = questions.find(({ name }) => [name, name.replace(/^\d+_/, ''), name.split('_')[0]].includes(word));
  if (found !== undefined) return found;
  const names = questions.map(question => question.name);
  throw new PulseError('USAGE', `There is no question "${word}" in sql/analytics.`, {
    hint: hintClosest(word, names, `There are ${names.join(', ')}.`),
  });
}

/** Answers questions for the days from `from` to `to`; without bounds of all days. */
export async function answer(
  project: Project,
  questions: readonly Question[],
  { from = FIRST_DAY, to = LAST_DAY }: { readonly from?: string | undefined; readonly to?: string | undefined },
): Promise<readonly Answer[]> {
  const asking = await openAsking(project);
  const queries = await asking.compile(questions.map(question => question.source));
  const answers: Answer[] = [];
  for (const question of questions) {
    answers.push({ ...question, result: await asking.ask(must(queries, question.source.name), span(from, to)) });
  }
  return answers;
}
