// Reports: one value in four forms, the same bytes for the same data, and a page that a browser and axe-core have nothing to say of.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NOTHING_SHOWN } from '../../src/quality/outcome.ts';
import { calendarHtml } from '../../src/quality/report/calendar.ts';
import { reportHtml } from '../../src/quality/report/html.ts';
import { reportMarkdown } from '../../src/quality/report/markdown.ts';
import { ticks } from '../../src/quality/report/plot.ts';
import { buildReport, type Report } from '../../src/quality/report/report.ts';
import { minutes, money, sentences } from '../../src/quality/report/words.ts';
import { run as runCli } from '../cli/fake-io.ts';
import { SAMPLE_DATA, type SampleProject, sampleProject } from '../run/sample-project.ts';
import { hasBrowser, look, openBrowser } from './browser.ts';

const DAY = '2025-01-15';
const NO_DATA = '2024-02-29';

/** Every file of a folder, by name. */
const textsOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map(name => [name, readFileSync(join(folder, name), 'utf8')]),
  );

describe('of the sample data', () => {
  let project: SampleProject;
  let folder: string;
  let report: Report;
  const pulse = (...argv: string[]) => runCli(argv, { cwd: project.root });
  beforeAll(async () => {
    project = sampleProject(SAMPLE_DATA);
    await project.materialize();
    folder = join(project.root, 'reports', DAY);
    const written = await pulse('report');
    expect(written).toMatchObject({ code: 0, err: '' });
    await pulse('report', '--date', NO_DATA);
    report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  });
  afterAll(() => project.remove());

  test('there is a page, a text, a value and a csv a question', () => {
    expect(Object.keys(textsOf(folder))).toEqual([
      'daily_revenue.csv',
      'late_arrivals.csv',
      'order_to_payment_time.csv',
      'payment_success_rate.csv',
      'refund_rate.csv',
      'report.html',
      'report.json',
      'report.md',
      'top_products.csv',
    ]);
  });

  test('report.json is what its published schema says, on a day without data too', () => {
    const validate = new Ajv2020({ strict: false }).compile(
      JSON.parse(readFileSync('docs/report.schema.json', 'utf8')),
    );
    const empty = JSON.parse(readFileSync(join(project.root, 'reports', NO_DATA, 'report.json'), 'utf8'));
    for (const value of [report, empty]) {
      validate(value);
      expect(validate.errors).toBe(null);
    }
    expect(validate({ ...report, verdict: 'fine' })).toBe(false);
    expect([empty.summary.orders_count, empty.paymentTime.orders]).toEqual([0, 0]);
  });

  test('the figures of all forms are those of the marts', async () => {
    const [[orders, gross, net]] = (await project.rows(
      `SELECT COUNT(*), SUM(order_total_ngn), SUM(net_amount_ngn) FROM fact_orders WHERE order_date = '${DAY}'`,
    )) as [[number, string, string]];
    expect(report.summary).toMatchObject({ orders_count: orders, gross_amount_ngn: gross, net_amount_ngn: net });
    expect(report.revenue.at(-1)).toMatchObject({ order_date: DAY, gross_amount_ngn: gross });
    const { 'report.html': html = '', 'report.md': markdown = '', 'daily_revenue.csv': csv = '' } = textsOf(folder);
    expect(html).toContain(`<dd>${money(gross)}</dd>`);
    expect(markdown).toContain(`NGN ${money(gross)} gross`);
    expect(csv.trim().split('\n').at(-1)).toContain(`${DAY},${orders},${gross}`);
    expect(report.checks.map(check => check.name)).toHaveLength(7);
  });

  test('the same data give the same bytes, whenever it is written and whatever was checked before', async () => {
    const before = textsOf(folder);
    await pulse('check');
    await pulse('report', '--from', DAY, '--to', DAY);
    expect(textsOf(folder)).toEqual(before);
    const [day = '', noData = ''] = [DAY, NO_DATA].map(one => `href="${one}/report.html"`);
    const calendar = readFileSync(join(project.root, 'reports/index.html'), 'utf8');
    expect(calendar).toContain(day);
    expect(calendar).toContain(noData);
  });

  test('the data ingested anew elsewhere give the same bytes', async () => {
    const other = sampleProject(SAMPLE_DATA);
    try {
      await other.materialize();
      await runCli(['report', '--date', DAY], { cwd: other.root });
      expect(textsOf(join(other.root, 'reports', DAY))).toEqual(textsOf(folder));
    } finally {
      other.remove();
    }
  });

  test('wrong words are refused', async () => {
    for (const argv of [
      ['--date', '2025-02-30'],
      ['--from', DAY],
      ['--from', DAY, '--to', '2024-01-01'],
      ['--date', DAY, '--to', DAY, '--from', DAY],
    ]) {
      expect((await pulse('report', ...argv)).code).toBe(2);
    }
  });

  test.skipIf(!hasBrowser)(
    'in Chromium, in both schemes and at 400 px: no complaint, nothing asked of the network, no serious fault',
    async () => {
      const browser = await openBrowser();
      try {
        for (const page of [
          join(folder, 'report.html'),
          join(project.root, 'reports', NO_DATA, 'report.html'),
          join(project.root, 'reports/index.html'),
        ]) {
          for (const colorScheme of ['light', 'dark'] as const) {
            for (const width of [400, 1100]) {
              const seen = await look(browser, pathToFileURL(page).href, { colorScheme, width });
              expect({ page, colorScheme, width, ...seen }).toEqual({
                page,
                colorScheme,
                width,
                complaints: [],
                overflow: 0,
                faults: [],
              });
            }
          }
        }
      } finally {
        await browser.close();
      }
    },
  );

  test.skipIf(!hasBrowser)('the look at a page finds what is wrong', async () => {
    mkdirSync(join(project.root, 'bad'), { recursive: true });
    const file = join(project.root, 'bad', 'page.html');
    writeFileSync(
      file,
      '<!doctype html><title>x</title><img src="gone.png"><p style="width:900px;color:#ccc;background:#fff">pale',
    );
    const browser = await openBrowser();
    try {
      const seen = await look(browser, pathToFileURL(file).href, { colorScheme: 'light', width: 400 });
      expect(seen.complaints.length).toBeGreaterThan(0);
      expect(seen.overflow).toBeGreaterThan(0);
      expect(seen.faults.join()).toMatch(/color-contrast/);
    } finally {
      await browser.close();
    }
  });
});

describe('of made-up values', () => {
  const input = {
    project: '<b>&"shop"',
    day: DAY,
    firstDay: '2024-12-19',
    summary: {},
    answers: { top_products: [{ sku: '<script>alert(1)</script>', revenue_ngn: '5', units_sold: 1 }] },
    paymentMinutes: [0, 5, 6, 1440, 99_999],
    checks: [],
  };

  test('text of the data is text on the page', () => {
    const html = reportHtml(buildReport(input)) + calendarHtml(input.project, []);
    expect(html).not.toMatch(/<script|<b>&"/);
    expect(html).toContain('&lt;script&gt;');
  });

  test('every order counts once in the distribution, in the first bucket that is long enough', () => {
    const { distribution, medianMinutes, averageMinutes } = buildReport(input).paymentTime;
    expect(distribution.filter(bucket => bucket.orders > 0).map(({ label, orders }) => [label, orders])).toEqual([
      ['5 min', 2],
      ['15 min', 1],
      ['1 day', 1],
      ['longer', 1],
    ]);
    expect([medianMinutes, averageMinutes]).toEqual([6, 20_290]);
  });

  test('in Markdown text of the data makes no tag, no link, no mention and no cell', () => {
    const sku = '<img src=x onerror=alert(1)> [a](javascript:b) | @everyone `c` **d** _e_ f_g\nh';
    const markdown = reportMarkdown(
      buildReport({ ...input, answers: { top_products: [{ sku, revenue_ngn: '5', units_sold: 1, orders_count: 1 }] } }),
    );
    expect(markdown).toContain(
      '| &lt;img src=x onerror=alert(1)&gt; \\[a\\](javascript:b) \\| @\u200beveryone \\`c\\` \\*\\*d\\*\\* \\_e\\_ f_g h |',
    );
  });

  test('a day without data says so, and does not say that checks hold', () => {
    const check = {
      name: 'a',
      kind: 'daily',
      asset: null,
      description: '',
      day: DAY,
      severity: 'block',
      verdict: 'pass',
      note: 'nothing on this day',
      ...NOTHING_SHOWN,
    } as const;
    const empty = buildReport({
      ...input,
      summary: { orders_count: 0, payments_count: 0, refunds_count: 0 },
      checks: [check],
    });
    expect(sentences(empty)).toEqual([
      'No order was placed.',
      'No payment was tried on that day; no refund was issued.',
      'No live event arrived on that day.',
      'None of the 1 daily checks had anything to judge. 0 of 0 checks of the tables hold.',
    ]);
  });

  test('a day unlike others is a day to look at', () => {
    const anomaly = {
      name: 'fact_orders.volume',
      kind: 'anomaly',
      asset: 'fact_orders',
      description: '',
      day: DAY,
      severity: 'warn',
      verdict: 'warn',
      note: '0 rows, usually 24',
      ...NOTHING_SHOWN,
    } as const;
    const report = buildReport({ ...input, checks: [anomaly] });
    expect(report.verdict).toBe('warn');
    expect(sentences(report).at(-1)).toContain('Unlike the same weekday of the weeks before: fact_orders.volume.');
  });

  test('money is not rounded through a double; times are said in a fitting unit', () => {
    expect(['6800989.23', '-0.5', '123456789012345678901.999', '0', null].map(money)).toEqual([
      '6,800,989.23',
      '-0.50',
      '123,456,789,012,345,678,901.99',
      '0.00',
      '0.00',
    ]);
    expect([null, 1, 90, 600, 79_041].map(minutes)).toEqual(['n/a', '1 min', '90 min', '10 h', '54.9 days']);
  });

  test('an axis begins and ends at round numbers around what is shown', () => {
    expect(ticks(0, 6_800_989)).toEqual([0, 2e6, 4e6, 6e6, 8e6]);
    expect(ticks(-3, 7)).toEqual([-5, -2.5, 0, 2.5, 5, 7.5]);
    expect(ticks(0, 0)).toEqual([0, 0.25]);
  });
});
