// Staging takes for a time what ingestion takes for one, and reads the same instant (data contract, section 3).

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { timeOfEpoch, timeOfText } from '../../src/raw/time.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { openWorld, type World } from './world.ts';

const AT = '2023-06-01T12:00:00Z';
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,2})?$/;

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
const part = (...usual: string[]) => fc.oneof(...usual.map(fc.constant), ...usual.map(fc.constant), digits(2));
const day = fc.tuple(
  fc.oneof(fc.constantFrom('2023', '2024', '1999', '0001', '0000', '0999', '9999'), digits(4)),
  fc.constantFrom('--', '--', '//', '-/', '..'),
  part('02', '12'),
  part('01', '28', '29', '31'),
).map(([year, [first, second] = '', month, of]) => `${year}${first}${month}${second}${of}`); // biome-ignore format: a chain
const fraction = fc.oneof(fc.constantFrom('', '', '.5', '.250', '.123456', '.1234567', '.'), digits(12).map(d => `.${d}`)); // biome-ignore format: a list
const seconds = fc.oneof(
  fc.constant(''),
  fc.tuple(part('00', '59', '60'), fraction).map(([second, rest]) => `:${second}${rest}`),
);
const zone = fc.oneof(
  fc.constantFrom('', '', 'Z', 'Z', 'z', '+01', '+0130', '-01:30', '+14:00', '+14:01', '+1', ' UTC', 'ZZ'),
  digits(4).map(d => `-${d}`),
);
const written = fc.tuple(day, fc.constantFrom('T', ' ', 't', '  ', ''), part('00', '19', '23', '24'), part('00', '59'), seconds, zone).map(([on, between, hour, minute, second, of]) => `${on}${between}${hour}:${minute}${second}${of}`); // biome-ignore format: a chain
/** With no more than the nine digits after the point that a NUMERIC has. */
const epoch = fc
  .tuple(
    fc.constantFrom('', '', '', '-'),
    fc.oneof(fc.constantFrom('0', '999999999', '1679701829', '253402300799', '253402300800', '62135596800', '62135596801'), fc.integer({ min: 1, max: 13 }).chain(digits)), // biome-ignore format: a list
    fc.oneof(fc.constantFrom('', '', '.5', '.123456', '.0000001'), digits(7).map(d => `.${d}`)), // biome-ignore format: a list
    fc.constantFrom('', '', '', 'e0', 'E2', 'e-2', 'e+1'),
  )
  .map(parts => parts.join(''))
  .filter(text => NUMBER.test(text));
const text = fc.oneof(
  { weight: 6, arbitrary: written },
  { weight: 4, arbitrary: epoch },
  { weight: 1, arbitrary: day },
);

describe.skipIf(!analyzerFiles)('times in staging', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  test('are those of ingestion, and the same', async () => {
    const property = fc.asyncProperty(fc.array(text, { minLength: 150, maxLength: 150 }), async texts => {
      const events = texts.map((sent, i) => ({
        id: `e${String(i).padStart(4, '0')}`,
        type: 'order_updated',
        at: AT,
        payload: { updatedAt: sent },
      }));
      const rows = [...(await world.rows('stg_order_updates', { events }))];
      const found = new Map(rows.map(row => [row.event_id, [row.updated_at, row.is_time_unparsable]]));
      const read = (sent: string): string | null => (NUMBER.test(sent) ? timeOfEpoch(sent) : timeOfText(sent));
      expect(events.map(({ id }, i) => [texts[i], ...(found.get(id) ?? [])])).toEqual(
        texts.map(sent => [sent, read(sent) ?? AT, read(sent) === null]),
      );
    });
    await fc.assert(property, { numRuns: 4, endOnFailure: true });
  });
});
