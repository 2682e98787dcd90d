// pulse analyze: answers the questions of sql/analytics for a span of days.

import { EXIT, PulseError } from '../../errors.ts';
import type { Answer } from '../../run/analyze.ts';
import { defineCommand } from '../command.ts';
import { checkDays, checkLimit } from '../days.ts';
import { colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { type QueryFormat, resultText } from '../result-text.ts';
import { plural } from '../wording.ts';

const FORMATS = ['table', 'json', 'csv'] as const;

export const analyzeCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'A question: its name, or its number; none: all of them' })
      .option('from', { type: 'string', requiresArg: true, describe: 'First day (UTC)' })
      .option('to', { type: 'string', requiresArg: true, describe: 'Last day (UTC)' })
      .option('format', { choices: FORMATS, describe: 'How to print the answers (default: table)' })
      .option('json', { type: 'boolean', describe: 'Short for --format json: an object by question' })
      .option('limit', { type: 'number', requiresArg: true, describe: 'Rows of an answer, at most (table: 20)' })
      .option('list', { type: 'boolean', describe: 'Only what the questions are' })
      .check(checkLimit)
      .example('$0 analyze', 'all six')
      .example('$0 analyze 1 --from 2025-01-01 --to 2025-01-31 --format csv', 'one, for a spreadsheet')
      .example('$0 analyze top_products --limit 5', 'by name'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      checkDays(args);
      const { answer, chooseQuestion, questionsOf } = await import('../../run/analyze.ts');
      const all = await questionsOf(project);
      if (all.length === 0) {
        throw new PulseError('USAGE', 'There is no question in sql/analytics.', {
          hint: 'Write one: a SELECT in sql/analytics/1_NAME.sql, over tables by {{ref "name"}}, of days from @from to @to.',
        });
      }
      const questions = args.name === undefined ? all : [chooseQuestion(all, args.name)];
      const isJson = args.json === true || args.format === 'json';
      if (args.list === true) {
        const listed = questions.map(({ name, description }) => ({ name, description }));
        io.out.write(
          isJson
            ? `${JSON.stringify(listed, null, 2)}\n`
            : listed.map(one => `${one.name}\n  ${one.description}\n`).join(''),
        );
        return EXIT.done;
      }
      const format = isJson ? 'json' : (args.format ?? 'table');
      const answers = await answer(project, questions, args);
      const limit = args.limit ?? (format === 'table' ? 20 : Number.POSITIVE_INFINITY);
      print(
        answers.map(one => cut(one, limit)),
        { format, isOne: args.name !== undefined, io, color: args.color },
      );
      return EXIT.done;
    }),
});

interface CutAnswer extends Answer {
  readonly left: number;
}

const cut = (one: Answer, limit: number): CutAnswer => ({
  ...one,
  result: { ...one.result, rows: one.result.rows.slice(0, limit) },
  left: Math.max(0, one.result.rows.length - limit),
});

interface Printing {
  readonly format: QueryFormat;
  readonly isOne: boolean;
  readonly io: Io;
  readonly color: boolean | undefined;
}

function print(answers: readonly CutAnswer[], { format, isOne, io, color }: Printing): void {
  const style = { colors: colorsFor(io.out, io, color), isCut: io.out.isTty };
  const textOf = (one: CutAnswer): string => resultText(one.result, format, style);
  if (isOne && format !== 'table') {
    io.out.write(answers.map(textOf).join(''));
  } else if (format === 'json') {
    io.out.write(`{\n${answers.map(one => `"${one.name}": ${textOf(one).trimEnd()}`).join(',\n')}\n}\n`);
  } else if (format === 'csv') {
    // Several answers have several heads: each below its name, as comments go in CSV that people open.
    io.out.write(answers.map(one => `# ${one.name}\n${textOf(one)}`).join('\n'));
  } else {
    const left = ({ left: rows }: CutAnswer): string => (rows === 0 ? '' : `${plural(rows, 'row')} more: --limit\n`);
    io.out.write(
      answers.map(one => `${style.colors.bold(one.name)}\n${one.description}\n${textOf(one)}${left(one)}`).join('\n'),
    );
  }
}
