// Laws of the layout, on random graphs: boxes never overlap, edges go to the right, edges keep off other boxes.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Box, type Layout, type Link, layOut } from '../../src/graph/draw/layout.ts';

const boxOf = (name: string): Box => ({ name, width: 100 + name.length * 10, height: 40 });

/** A random graph without circles: an edge leads from a lower number to a higher one. */
const graphs = fc.integer({ min: 1, max: 40 }).chain(count =>
  fc
    .uniqueArray(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 80, selector: pair => pair.join() })
    .map(pairs => ({
      boxes: Array.from({ length: count }, (_, n) => boxOf(`n${n}`)),
      links: pairs.filter(([a, b]) => a < b).map(([a, b]): Link => ({ from: `n${a}`, to: `n${b}` })),
    })),
);

const overlaps = (layout: Layout): string[] =>
  layout.boxes.flatMap((a, index) =>
    layout.boxes
      .slice(index + 1)
      .filter(
        b => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height - 0.5 && b.y < a.y + a.height - 0.5,
      )
      .map(b => `${a.name} ${b.name}`),
  );

describe('layout', () => {
  test('boxes never overlap and lie within the picture', () => {
    fc.assert(
      fc.property(graphs, ({ boxes, links }) => {
        const layout = layOut(boxes, links);
        expect(overlaps(layout)).toEqual([]);
        for (const box of layout.boxes) {
          expect(box.x).toBeGreaterThanOrEqual(0);
          expect(box.y).toBeGreaterThanOrEqual(-0.5);
          expect(box.x + box.width).toBeLessThanOrEqual(layout.width);
          expect(box.y + box.height).toBeLessThanOrEqual(layout.height);
        }
      }),
    );
  });

  test('every edge goes to the right, from its upstream to its reader', () => {
    fc.assert(
      fc.property(graphs, ({ boxes, links }) => {
        const layout = layOut(boxes, links);
        const byName = new Map(layout.boxes.map(box => [box.name, box]));
        for (const { from, to, points } of layout.links) {
          const [start, end] = [byName.get(from), byName.get(to)];
          expect(points[0]).toMatchObject({ x: (start?.x ?? 0) + (start?.width ?? 0) });
          expect(points.at(-1)).toMatchObject({ x: end?.x });
          const xs = points.map(point => point.x);
          expect([...xs].sort((a, b) => a - b)).toEqual(xs);
        }
      }),
    );
  });

  test('an edge that passes a column keeps off its boxes', () => {
    fc.assert(
      fc.property(graphs, ({ boxes, links }) => {
        const layout = layOut(boxes, links);
        for (const { points } of layout.links) {
          for (const { x, y } of points.slice(1, -1)) {
            const hit = layout.boxes.find(
              box => x >= box.x && x <= box.x + box.width && y > box.y && y < box.y + box.height,
            );
            expect(hit).toBeUndefined();
          }
        }
      }),
    );
  });

  test('two rows that need not cross do not', () => {
    const layout = layOut(['a', 'b', 'c', 'd'].map(boxOf), [
      { from: 'a', to: 'd' },
      { from: 'b', to: 'c' },
    ]);
    const y = new Map(layout.boxes.map(box => [box.name, box.y]));
    expect(y.get('a')).toBe(y.get('d'));
    expect(y.get('b')).toBe(y.get('c'));
  });

  test('boxes change places to untangle their edges', () => {
    const links = [
      { from: 'a', to: 'x' },
      { from: 'b', to: 'y' },
      { from: 'c', to: 'x' },
    ];
    const y = new Map(layOut(['a', 'b', 'c', 'x', 'y'].map(boxOf), links).boxes.map(box => [box.name, box.y]));
    const isAbove = (one: string, other: string): boolean => (y.get(one) ?? 0) < (y.get(other) ?? 0);
    expect([isAbove('a', 'b'), isAbove('c', 'b')]).toEqual([isAbove('x', 'y'), isAbove('x', 'y')]);
  });

  test('a box without upstream stands beside its first reader', () => {
    const layout = layOut(['a', 'b', 'c', 'late'].map(boxOf), [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'late', to: 'c' },
    ]);
    expect(layout.boxes.find(box => box.name === 'late')?.layer).toBe(1);
  });

  test('1,000 boxes take under a second of work', () => {
    const boxes = Array.from({ length: 1000 }, (_, n) => boxOf(`n${n}`));
    const links = boxes.flatMap((box, n) =>
      n < 125 ? [] : [1, 2].map(k => ({ from: `n${n - 125 + ((n * k) % 7)}`, to: box.name })),
    );
    const distinct = [...new Map(links.map(link => [`${link.from} ${link.to}`, link])).values()].filter(
      link => link.from !== link.to,
    );
    const before = process.cpuUsage();
    layOut(
      boxes,
      distinct.filter(link => Number(link.from.slice(1)) < Number(link.to.slice(1))),
    );
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(1);
  });

  test('nothing to draw is an empty picture', () => {
    expect(layOut([], [])).toEqual({ width: 0, height: 0, boxes: [], links: [] });
  });
});
