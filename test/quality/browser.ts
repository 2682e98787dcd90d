// A headless Chromium for tests of pages: found, opened, and what it says of a page. The tests are skipped by name where there is none.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium } from 'playwright-core';
import { required } from '../required.ts';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where Chromium is; PULSE_TEST_CHROMIUM names another place. */
const chromiumPath: string | undefined = [process.env.PULSE_TEST_CHROMIUM ?? '', ...PLACES].find(
  path => path !== '' && existsSync(path),
);

/** Whether pages can be looked at; continuous integration must not pass by skipping. */
export const hasBrowser = required(
  'browser',
  chromiumPath !== undefined,
  'Chromium or Chrome (PULSE_TEST_CHROMIUM names one)',
);

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }), args: FLAGS });

export interface Looked {
  /** Errors and warnings of the console, and every request that is not for the page itself. */
  readonly complaints: readonly string[];
  /** Pixels that the page is wider than the window. */
  readonly overflow: number;
  /** Serious and critical findings of axe-core. */
  readonly faults: readonly string[];
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Looks at a page as a reader with this scheme and width has it. */
export async function look(
  browser: Browser,
  url: string,
  { colorScheme, width }: { readonly colorScheme: 'light' | 'dark'; readonly width: number },
): Promise<Looked> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const complaints: string[] = [];
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('request', request => {
    if (request.url() !== url && !request.url().startsWith('data:')) complaints.push(`asked for ${request.url()}`);
  });
  try {
    await page.goto(url);
    const overflow: number = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    await page.evaluate(AXE);
    const found: string = await page.evaluate('axe.run().then(result => JSON.stringify(result.violations))');
    const violations: { id: string; impact: string; nodes: { html: string }[] }[] = JSON.parse(found);
    const faults = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
    return { complaints, overflow, faults };
  } finally {
    await page.close();
  }
}
