// A report as Markdown, for a pull request or a chat: the sentences, the figures, and what of the checks is to be looked at. Pure.

import type { Report, ReportCheck } from './report.ts';
import { count, longDay, measureName, measureText, minutes, money, percent, sentences, title } from './words.ts';

const MARK = { pass: '✅', warn: '⚠️', fail: '❌' } as const;

export function reportMarkdown(report: Report): string {
  const { summary: of, paymentTime } = report;
  const parts = [
    `# ${report.project}: ${longDay(report)} ${MARK[report.verdict]}`,
    sentences(report).join('\n\n'),
    table(
      ['Orders', 'Gross, NGN', 'Net, NGN', 'Payment success', 'Order to payment, median of 28 days', 'Refunds'],
      [
        [
          count(of.orders_count),
          money(of.gross_amount_ngn),
          money(of.net_amount_ngn),
          percent(of.success_rate),
          minutes(paymentTime.medianMinutes),
          count(of.refunds_count),
        ],
      ],
    ),
    '## Daily checks',
    table(
      ['', 'Check', 'Measured'],
      report.checks.map(check => [MARK[check.verdict], title(check.name), measuresOf(check)]),
    ),
    ...(report.declared.broken.length === 0
      ? []
      : [
          '## Checks of the tables that do not hold',
          table(
            ['', 'Check', 'Measured'],
            report.declared.broken.map(check => [MARK[check.verdict], check.name, measuresOf(check)]),
          ),
        ]),
    ...(report.topProducts.length === 0
      ? []
      : [
          '## Top products',
          table(
            ['SKU', 'Revenue, NGN', 'Units', 'Orders'],
            report.topProducts
              .slice(0, 5)
              .map(row => [String(row.sku), money(row.revenue_ngn), count(row.units_sold), count(row.orders_count)]),
          ),
        ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What is judged; all measures where nothing is. */
function measuresOf(check: ReportCheck): string {
  const judged = check.measures.filter(measure => measure.threshold !== undefined);
  const shown = judged.length > 0 ? judged : check.measures;
  const told = shown.map(measure => `${measureName(measure.name)} ${measureText(measure)}`).join(', ');
  return [check.note, told].filter(part => part !== null && part !== '').join(': ');
}

/** Text of the data is text in Markdown: it makes no link, no tag, no mention, and ends no cell. */
const cell = (text: string): string =>
  text
    .replace(/[\\`*[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, sign => `\\${sign}`)
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/@/g, '@\u200b')
    .replace(/\s+/g, ' ');

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
