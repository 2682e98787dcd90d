// The lineage as one page that needs nothing else: no network, its own script and style, which its policy alone allows.
// What comes from the project goes in as JSON text and is put on the page as text (page.js): it cannot become markup.

import { createHash } from 'node:crypto';
import { must } from '../../errors.ts';
import type { Drawing } from './drawing.ts';
import style from './page.css?raw';
import script from './page.js?raw';
import { fitted, kindLine, placed } from './shapes.ts';
import { xml } from './svg.ts';
import { checkWords, hasMapping, mappingWords, partitionWords } from './words.ts';

/** What page.js reads. */
function pageData(drawing: Drawing) {
  const layout = placed(drawing);
  const nodes = new Map(drawing.nodes.map(node => [node.name, node]));
  return {
    nodes: layout.boxes.map(box => {
      const whole = must(nodes, box.name);
      const { sql, checks, partition, owner, file, ...node } = whole;
      return {
        ...node,
        ...box,
        sql,
        lineage: drawing.lineage.get(box.name) ?? [],
        owner: owner ?? null,
        file: file ?? null,
        checks: checks.map(check => checkWords(check) + (check.severity === 'warn' ? ' (warns)' : '')),
        kindText: [whole.kind, partitionWords(partition)].filter(words => words !== '').join(', '),
        label: fitted(node.name, 'name'),
        kindLabel: fitted(kindLine(whole), 'kind'),
      };
    }),
    edges: layout.links.map((link, index) => {
      const edge = drawing.edges[index];
      if (edge === undefined) throw new Error(`no edge for ${link.from} -> ${link.to}`);
      const isTold = hasMapping(edge, must(nodes, edge.to), must(nodes, edge.from));
      return {
        from: edge.from,
        to: edge.to,
        isIndirect: edge.isIndirect,
        text: isTold ? mappingWords(edge) : '',
        points: link.points.map(({ x, y }) => [x, y]),
      };
    }),
  };
}

/** JSON that may stand in a script element: `</script>` and `<!--` cannot occur in it. */
const embedded = (value: unknown): string =>
  JSON.stringify(value).replace(/[<\u2028\u2029]/g, sign => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The drawing as an HTML document. The same drawing gives the same bytes. */
export function drawHtml(drawing: Drawing): string {
  const policy = `default-src 'none'; img-src data:; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  const kinds = ['source', 'ingest', 'extract', 'seed', 'model'].filter(kind =>
    drawing.nodes.some(node => node.kind === kind),
  );
  const legend = kinds.map(kind => `<span class="${kind}">${kind}</span>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${xml(drawing.title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header>
<h1>${xml(drawing.title)}</h1>
<span class="count">${drawing.nodes.length} assets, ${drawing.edges.length} edges</span>
<div class="search"><input id="search" type="search" role="combobox" aria-expanded="false" aria-controls="hits" aria-autocomplete="list" aria-label="Search assets" placeholder="Search assets, columns, tags ( / )" autocomplete="off" spellcheck="false"><ul class="hits" id="hits" role="listbox" aria-label="Assets found" hidden></ul></div>
<div class="tools"><button type="button" id="out" aria-label="Zoom out">−</button><button type="button" id="in" aria-label="Zoom in">+</button><button type="button" id="fit">Fit</button><select id="reach" aria-label="What to show around the chosen asset" disabled><option value="whole">Whole graph</option><option value="all">Its lineage</option><option value="3">3 steps</option><option value="2">2 steps</option><option value="1">1 step</option></select></div>
<div class="legend" aria-hidden="true">${legend}</div>
</header>
<main>
<svg id="canvas" role="group" aria-label="Lineage">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0 0 8 4 0 8z"/></marker><marker id="tip-lit" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path class="tip lit" d="M0 0 8 4 0 8z"/></marker></defs>
<g id="world"><g id="edges"></g><g id="boxes"></g></g>
</svg>
<div class="keys" aria-hidden="true">drag to pan · wheel to zoom · arrows along edges · Enter opens · / searches · 0 fits</div>
<p class="empty" id="empty" hidden>No assets in this selection.</p>
<aside id="panel" hidden></aside>
</main>
<script type="application/json" id="data">${embedded(pageData(drawing))}</script>
<script>${script}</script>
</body>
</html>
`;
}
