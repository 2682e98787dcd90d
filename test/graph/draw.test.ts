// What a drawing promises in every format: each asset once, each edge told, nothing that comes from the project acts as syntax.

import { describe, expect, test } from 'vitest';
import type { Asset } from '../../src/asset/asset.ts';
import { DRAW } from '../../src/graph/draw/draw.ts';
import { type DrawnNode, drawingOf } from '../../src/graph/draw/drawing.ts';
import { buildGraph } from '../../src/graph/graph.ts';
import { byKey, daily, ingest, model, source } from '../../src/index.ts';

const files = (name: string): Asset => source({ name, description: 'Files.', files: ['*.jsonl'], format: 'events' });

/** "c: a b" is a model c that reads a and b; a name alone reads nothing. */
function assetOf(line: string): Asset {
  const [name = '', reads = ''] = line.split(':');
  return model({ name, description: `Table ${name}.`, deps: reads.split(' ').filter(Boolean), model: `${name}.sql` });
}

const drawing = (lines: readonly string[], selected?: readonly string[]) => {
  const graph = buildGraph(lines.map(assetOf));
  return drawingOf(graph, selected ?? graph.order, { title: 'Lineage' });
};

describe('text', () => {
  test('what nobody reads stands at the left, a shared asset is drawn once and referred to', () => {
    const text = DRAW.text(drawing(['a', 'b: a', 'c: a', 'd: b c']));
    expect(text).toBe(
      [
        'd              model',
        '├── b          model',
        '│   └── a      model',
        '└── c          model',
        '    └── a (*)',
        '',
        '4 assets, 4 edges',
        '(*) drawn above',
        '',
      ].join('\n'),
    );
    const deeper = DRAW.text(drawing(['a', 'b: a', 'c: b', 'd: b c']));
    expect(deeper).toContain('b (*)');
    expect(deeper).toContain('(*) drawn above');
    expect(deeper.match(/\ba {2,}model/g)).toHaveLength(1);
  });

  test('a mapping that a partitioned model does not declare is said', () => {
    const graph = buildGraph([
      assetOf('a'),
      model({ name: 'b', description: '', deps: ['a'], model: 'b.sql', partition: daily('day') }),
      model({
        name: 'c',
        description: '',
        deps: [{ asset: 'a', mapping: byKey('k') }],
        model: 'c.sql',
        partition: daily('day'),
      }),
    ]);
    const text = DRAW.text(drawingOf(graph, graph.order, { title: '' }));
    expect(text).toMatch(/a +model {2}\[all \(not declared\)\]/);
    expect(text).toMatch(/a \(\*\) {2}\[by k\]/);
    expect(text).toContain('the safe one');
  });

  test('a selection without what lies between shows that a path leads through it', () => {
    const drawn = drawing(['a', 'b: a', 'c: b'], ['a', 'c']);
    expect(drawn.edges).toEqual([{ from: 'a', to: 'c', mapping: undefined, isIndirect: true }]);
    expect(DRAW.text(drawn)).toContain('[through assets not shown]');
  });

  test('nothing selected is said', () => {
    expect(DRAW.text(drawing(['a'], []))).toBe('No assets.\n');
  });

  test('a chain of 5,000 is drawn without running out of stack', () => {
    const lines = Array.from({ length: 5000 }, (_, n) => (n === 0 ? 'a0' : `a${n}:a${n - 1}`));
    expect(DRAW.text(drawing(lines)).split('\n').length).toBeGreaterThan(5000);
  });
});

test('json tells every node with its columns and every edge with its mapping, declared or not', () => {
  const graph = buildGraph([
    files('in_files'),
    ingest({ name: 'events_raw', description: 'All.', deps: ['in_files'] }),
    assetOf('a'),
    model({
      name: 'b',
      description: 'B.',
      deps: [{ asset: 'a', mapping: byKey('k') }],
      model: 'b.sql',
      columns: [['k', 'STRING', 'Key.', 'REQUIRED']],
      owner: 'me',
    }),
  ]);
  const told = JSON.parse(DRAW.json(drawingOf(graph, graph.order, { title: '' })));
  expect(told.nodes.map((node: { name: string }) => node.name)).toEqual([...graph.order]);
  expect(told.nodes.find((node: { name: string }) => node.name === 'b')).toMatchObject({
    name: 'b',
    kind: 'model',
    owner: 'me',
    columns: [{ name: 'k', type: 'STRING', mode: 'REQUIRED', description: 'Key.' }],
  });
  expect(told.edges).toEqual([
    {
      from: 'a',
      to: 'b',
      mapping: { kind: 'by-key', columns: ['k'] },
      isDeclared: true,
      isIndirect: false,
      text: 'by k',
    },
    {
      from: 'in_files',
      to: 'events_raw',
      mapping: { kind: 'all-partitions' },
      isDeclared: false,
      isIndirect: false,
      text: 'all (not declared)',
    },
  ]);
});

describe('what the project says never becomes syntax', () => {
  const evil = '</script><script>alert(1)</script><!-- "\']]>&\u2028\u0000`|#;';
  const graph = buildGraph([
    model({
      name: 'a',
      description: evil,
      deps: [],
      model: 'a.sql',
      tags: [evil],
      owner: evil,
      columns: [['k', 'STRING', evil]],
    }),
  ]);
  const sqlOf = (): DrawnNode['sql'] => [{ title: 'Template', text: `SELECT '${evil}'` }];
  const drawn = drawingOf(graph, graph.order, { title: evil, sqlOf });

  test('html: the one script that runs is the page own, the data stays data', () => {
    const html = DRAW.html(drawn);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    expect(JSON.parse(data).nodes[0]).toMatchObject({ description: evil, tags: [evil], owner: evil });
    expect(JSON.parse(data).nodes[0].sql[0].text).toBe(`SELECT '${evil}'`);
  });

  test('svg: text and attributes are escaped, control characters are gone', () => {
    const svg = DRAW.svg(drawn);
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('\u0000');
    expect(svg.match(/<title>/g)).toHaveLength(1);
  });

  test('dot and mermaid: quoted', () => {
    expect(DRAW.dot(drawn)).not.toMatch(/[^\\]"'\]/);
    expect(DRAW.mermaid(drawn)).not.toContain('<script');
  });
});

describe('html', () => {
  const drawn = drawing(['a', 'b: a', 'c: a b']);

  test('reaches for nothing outside itself and allows only its own script and style', async () => {
    const { createHash } = await import('node:crypto');
    const html = DRAW.html(drawn);
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    expect(policy).toMatch(/^default-src 'none'/);
    for (const [tag, directive] of [
      ['script', 'script-src'],
      ['style', 'style-src'],
    ] as const) {
      const text = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(html)?.[1] ?? '';
      const hash = createHash('sha256').update(text).digest('base64');
      expect(policy).toContain(`${directive} 'sha256-${hash}'`);
    }
  });

  test('the same drawing gives the same bytes', () => {
    expect(DRAW.html(drawn)).toBe(DRAW.html(drawing(['c: a b', 'b: a', 'a'])));
  });
});
