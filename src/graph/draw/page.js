// The page's own script: draws what is in #data, pans, zooms, searches, and tells of an asset. No network, no library.
// Everything that comes from the data goes into the page as text nodes and attributes, never as markup.
// Kept as JavaScript because it is put into the page as it stands (html.ts).

(() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const data = JSON.parse(document.getElementById('data').textContent);
  const byName = new Map(data.nodes.map(node => [node.name, node]));
  const upstream = new Map(data.nodes.map(node => [node.name, []]));
  const downstream = new Map(data.nodes.map(node => [node.name, []]));
  for (const edge of data.edges) {
    upstream.get(edge.to).push(edge);
    downstream.get(edge.from).push(edge);
  }

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
      else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
    }
    made.append(...children.filter(child => child !== undefined && child !== ''));
    return made;
  };
  const shape = (name, attributes, ...children) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const find = id => document.getElementById(id);
  const canvas = find('canvas');
  const world = find('world');
  const edgeLayer = find('edges');
  const boxLayer = find('boxes');
  const panel = find('panel');
  const reach = find('reach');

  // What is shown: all of it as it was laid out, or the part around one asset, moved together.
  let places = new Map();
  let curves = [];
  let chosen;
  let lit = new Set();
  let view = { x: 0, y: 0, scale: 1 };

  const walk = (start, edges, end, depth) => {
    const seen = new Set([start]);
    let rim = [start];
    for (let step = 0; step < depth && rim.length > 0; step++) {
      const next = [];
      for (const name of rim)
        for (const edge of edges.get(name)) {
          if (seen.has(edge[end])) continue;
          seen.add(edge[end]);
          next.push(edge[end]);
        }
      rim = next;
    }
    return seen;
  };
  const around = (name, depth) =>
    new Set([...walk(name, upstream, 'from', depth), ...walk(name, downstream, 'to', depth)]);

  /** A path through points, level at each of them. */
  const curve = points =>
    points.slice(1).reduce(
      ({ path, x, y }, [x2, y2]) => ({
        path: `${path}${y === y2 ? `H${x2}` : `C${(x + x2) / 2} ${y} ${(x + x2) / 2} ${y2} ${x2} ${y2}`}`,
        x: x2,
        y: y2,
      }),
      { path: `M${points[0][0]} ${points[0][1]}`, x: points[0][0], y: points[0][1] },
    ).path;

  /** All of it: places and curves as they came. */
  const whole = () => {
    places = new Map(data.nodes.map(node => [node.name, node]));
    curves = data.edges.map(edge => ({ edge, path: curve(edge.points) }));
  };

  /** The part `names`: its columns in the order they had, with the gaps closed, and room where an edge passes one. */
  const part = names => {
    const nodes = data.nodes.filter(node => names.has(node.name));
    const edges = data.edges.filter(edge => names.has(edge.from) && names.has(edge.to));
    const columns = new Map(
      [...new Set(nodes.map(node => node.layer))].sort((a, b) => a - b).map(layer => [layer, new Map()]),
    );
    for (const node of nodes)
      columns.get(node.layer).set(node.name, { was: node.y + node.height / 2, height: node.height, node });
    for (const edge of edges)
      for (let layer = byName.get(edge.from).layer + 1; layer < byName.get(edge.to).layer; layer++) {
        const [, was] = edge.points[1 + 2 * (layer - byName.get(edge.from).layer - 1)];
        columns.get(layer)?.set(`${edge.from} passes`, { was, height: 4 });
      }
    places = new Map();
    let x = 0;
    for (const [layer, column] of columns) {
      const items = [...column.values()].sort((a, b) => a.was - b.was);
      let y = -items.reduce((sum, item) => sum + item.height + 16, -16) / 2;
      column.x = x;
      column.width = Math.max(...items.map(item => item.node?.width ?? 0));
      for (const item of items) {
        item.middle = y + item.height / 2;
        if (item.node !== undefined) places.set(item.node.name, { ...item.node, layer, x, y });
        y += item.height + 16;
      }
      x += column.width + 56;
    }
    curves = edges.map(edge => {
      const [from, to] = [places.get(edge.from), places.get(edge.to)];
      const through = [...columns].flatMap(([layer, column]) => {
        if (layer <= from.layer || layer >= to.layer) return [];
        const { middle } = column.get(`${edge.from} passes`);
        return [
          [column.x, middle],
          [column.x + column.width, middle],
        ];
      });
      return {
        edge,
        path: curve([[from.x + from.width, from.y + from.height / 2], ...through, [to.x, to.y + to.height / 2]]),
      };
    });
  };

  const boxes = new Map();
  const draw = () => {
    boxes.clear();
    edgeLayer.replaceChildren(
      ...curves.map(({ edge, path }) => {
        const isLit = chosen !== undefined && lit.has(edge.from) && lit.has(edge.to);
        const made = shape('path', {
          class: `edge${edge.isIndirect ? ' indirect' : ''}${isLit ? ' lit' : ''}`,
          d: path,
          'marker-end': isLit ? 'url(#tip-lit)' : 'url(#tip)',
        });
        made.append(shape('title', {}, `${edge.from} → ${edge.to}${edge.text === '' ? '' : `: ${edge.text}`}`));
        return made;
      }),
    );
    boxLayer.replaceChildren(
      ...[...places.values()].map(place => {
        const group = shape(
          'g',
          {
            class: `box${lit.has(place.name) ? ' lit' : ''}${place.name === chosen ? ' chosen' : ''}`,
            transform: `translate(${place.x} ${place.y})`,
            tabindex: place.name === (chosen ?? data.nodes[0].name) ? '0' : '-1',
            role: 'button',
          },
          shape('title', {}, place.description === '' ? place.name : `${place.name}: ${place.description}`),
          shape('rect', { class: 'body', width: place.width, height: place.height, rx: 6 }),
          shape('rect', { class: `bar ${place.kind}`, width: 4, height: place.height, rx: 2 }),
          shape('text', { class: 'name', x: 13, y: 17 }, place.label),
          shape('text', { class: 'kind', x: 13, y: 32 }, place.kindLabel),
        );
        group.dataset.name = place.name;
        boxes.set(place.name, group);
        return group;
      }),
    );
    world.classList.toggle('tracing', chosen !== undefined);
    cull();
  };

  const move = () => {
    world.setAttribute('transform', `translate(${view.x} ${view.y}) scale(${view.scale})`);
    world.classList.toggle('far', view.scale < 0.45);
    cull();
  };

  /** Only what can be seen is rendered: a thousand boxes pan as smoothly as twenty. */
  const cull = () => {
    if (places.size < 150) return;
    const { width, height } = canvas.getBoundingClientRect();
    const left = -view.x / view.scale - 100;
    const top = -view.y / view.scale - 100;
    const right = left + width / view.scale + 200;
    const bottom = top + height / view.scale + 200;
    for (const [name, group] of boxes) {
      const place = places.get(name);
      const isSeen =
        place.x < right && place.x + place.width > left && place.y < bottom && place.y + place.height > top;
      group.style.display = isSeen || group === document.activeElement ? '' : 'none';
    }
    curves.forEach(({ edge }, index) => {
      const from = places.get(edge.from);
      const to = places.get(edge.to);
      const isSeen =
        from.x < right &&
        to.x + to.width > left &&
        Math.min(from.y, to.y) < bottom &&
        Math.max(from.y, to.y) + 40 > top;
      edgeLayer.children[index].style.display = isSeen ? '' : 'none';
    });
  };

  const extent = () => {
    const all = [...places.values()];
    return {
      left: Math.min(...all.map(place => place.x)),
      top: Math.min(...all.map(place => place.y)),
      right: Math.max(...all.map(place => place.x + place.width)),
      bottom: Math.max(...all.map(place => place.y + place.height)),
    };
  };
  /** All of it in view; at least at `smallest`, and then from the left. */
  const fitAll = ({ smallest = 0.02 } = {}) => {
    if (places.size === 0) return;
    const { width, height } = canvas.getBoundingClientRect();
    const box = extent();
    const scale = Math.min(1.25, (width - 48) / (box.right - box.left), (height - 56) / (box.bottom - box.top));
    const shown = Math.max(smallest, scale);
    view = {
      scale: shown,
      x: shown > scale ? 24 - box.left * shown : (width - (box.left + box.right) * shown) / 2,
      y: (height - (box.top + box.bottom) * shown) / 2,
    };
    move();
  };
  /** The first view: a small graph is legible at once, even where it does not fit. */
  const begin = () => fitAll(places.size <= 60 ? { smallest: 0.6 } : {});
  const zoom = (factor, x, y) => {
    const { width, height } = canvas.getBoundingClientRect();
    const [px, py] = [x ?? width / 2, y ?? height / 2];
    const scale = Math.min(4, Math.max(0.02, view.scale * factor));
    const by = scale / view.scale;
    view = { scale, x: px - (px - view.x) * by, y: py - (py - view.y) * by };
    move();
  };

  /** Brings an asset into the middle of what the panel leaves free, large enough to read. */
  const center = name => {
    const place = places.get(name);
    const { width, height } = canvas.getBoundingClientRect();
    const free = panel.hidden || panel.offsetWidth < width ? height : height - panel.offsetHeight;
    const scale = Math.max(view.scale, 0.8);
    view = {
      scale,
      x: width / 2 - (place.x + place.width / 2) * scale,
      y: Math.max(free, 120) / 2 - (place.y + place.height / 2) * scale,
    };
    move();
  };
  const isInView = name => {
    const place = places.get(name);
    const { width, height } = canvas.getBoundingClientRect();
    const free = panel.hidden || panel.offsetWidth < width ? height : height - panel.offsetHeight;
    const x = place.x * view.scale + view.x;
    const y = place.y * view.scale + view.y;
    return (
      x >= 0 &&
      y >= 0 &&
      x + place.width * view.scale <= width &&
      y + place.height * view.scale <= free &&
      view.scale >= 0.45
    );
  };

  const depthOf = () => (reach.value === 'all' ? Number.POSITIVE_INFINITY : Number(reach.value));
  const arrange = () => {
    if (chosen !== undefined && reach.value !== 'whole') part(around(chosen, depthOf()));
    else whole();
  };

  const choose = (name, { isFocused = false } = {}) => {
    const was = chosen;
    chosen = name;
    lit = name === undefined ? new Set() : around(name, Number.POSITIVE_INFINITY);
    const wasPanel = panel.hidden;
    if (name === undefined) panel.hidden = true;
    else tell(byName.get(name));
    reach.disabled = name === undefined;
    if (reach.value !== 'whole') {
      arrange();
      draw();
      fitAll();
    } else {
      draw();
      if (name !== undefined && (!isInView(name) || wasPanel)) if (!isInView(name)) center(name);
    }
    if (isFocused) boxes.get(name ?? was)?.focus();
    history.replaceState(
      null,
      '',
      name === undefined ? location.pathname + location.search : `#${encodeURIComponent(name)}`,
    );
  };

  const KEYWORDS =
    /^(?:SELECT|FROM|WHERE|GROUP|BY|ORDER|HAVING|QUALIFY|WITH|AS|JOIN|LEFT|RIGHT|FULL|INNER|CROSS|OUTER|ON|USING|UNION|ALL|DISTINCT|CASE|WHEN|THEN|ELSE|END|AND|OR|NOT|IN|IS|NULL|TRUE|FALSE|BETWEEN|LIKE|LIMIT|OFFSET|OVER|PARTITION|ROWS|RANGE|UNNEST|STRUCT|ARRAY|CAST|SAFE_CAST|EXCEPT|REPLACE|DESC|ASC|NULLS|FIRST|LAST|IF|EXISTS|INTERVAL|WINDOW|RECURSIVE|SAFE)$/i;
  const TOKENS =
    /(--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)|(\{\{[\s\S]*?\}\})|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([A-Za-z_][A-Za-z0-9_]*)/g;
  /** SQL with its words in colour, as text in spans. */
  const colored = sql => {
    const code = element('code');
    let last = 0;
    for (const found of sql.matchAll(TOKENS)) {
      const [text, comment, template, string, word] = found;
      const style = comment ? 'c' : template ? 't' : string ? 's' : KEYWORDS.test(word) ? 'k' : undefined;
      if (style === undefined) continue;
      code.append(sql.slice(last, found.index), element('span', { class: style }, text));
      last = found.index + text.length;
    }
    code.append(sql.slice(last));
    return code;
  };

  const section = (title, ...content) => [element('h3', {}, title), ...content];
  const links = (edges, end) =>
    edges.length === 0
      ? element('p', {}, 'none')
      : element(
          'ul',
          { class: 'links' },
          ...edges.map(edge =>
            element(
              'li',
              {},
              element('button', { type: 'button', onclick: () => choose(edge[end], { isFocused: false }) }, edge[end]),
              element('small', {}, edge.text),
            ),
          ),
        );
  /** `asset.column`s, each a button to its asset. */
  const columnLinks = (title, names) =>
    names.length === 0
      ? []
      : [
          element('h4', {}, title),
          element(
            'ul',
            { class: 'links' },
            ...names.map(name => {
              const asset = name.split('.')[0];
              return element(
                'li',
                {},
                byName.has(asset)
                  ? element('button', { type: 'button', onclick: () => choose(asset, { isFocused: false }) }, name)
                  : element('span', {}, name),
                name === asset ? element('small', {}, ' in a filter, join or window') : '',
              );
            }),
          ),
        ];
  /** A row below a column that says where it comes from; shown and hidden by a click at its name. */
  const lineageRow = ({ expression, from, into }) =>
    element(
      'tr',
      { class: 'lineage', hidden: '' },
      element(
        'td',
        { colspan: '3' },
        ...(expression === null ? [] : [element('pre', {}, colored(expression))]),
        ...columnLinks('Comes from', from),
        ...columnLinks('Goes into', into),
        ...(from.length + into.length === 0 ? [element('p', {}, 'Nothing reads it, and it reads nothing.')] : []),
      ),
    );
  const columnName = (column, row) => {
    if (row === undefined) return element('td', {}, column.name);
    const button = element(
      'button',
      {
        type: 'button',
        class: 'column',
        'aria-expanded': 'false',
        onclick: () => {
          row.hidden = !row.hidden;
          button.setAttribute('aria-expanded', String(!row.hidden));
        },
      },
      column.name,
    );
    return element('td', {}, button);
  };
  const columnTable = ({ columns, lineage }) =>
    element(
      'div',
      { class: 'scroll' },
      element(
        'table',
        {},
        element(
          'thead',
          {},
          element('tr', {}, ...['column', 'type', 'meaning'].map(title => element('th', { scope: 'col' }, title))),
        ),
        element(
          'tbody',
          {},
          ...columns.flatMap(column => {
            const told = lineage.find(one => one.column === column.name);
            const row = told === undefined ? undefined : lineageRow(told);
            const own = element(
              'tr',
              {},
              columnName(column, row),
              element(
                'td',
                { class: 'type' },
                column.type,
                column.mode === 'REQUIRED' ? element('small', {}, ' required') : '',
              ),
              element('td', {}, column.description),
            );
            return row === undefined ? [own] : [own, row];
          }),
        ),
      ),
    );
  const texts = sql => {
    const pre = element('pre', { tabindex: '0', 'aria-label': 'SQL' });
    const tabs = element('div', { class: 'tabs', role: 'tablist', 'aria-label': 'SQL texts' });
    const show = index => {
      pre.replaceChildren(colored(sql[index].text));
      [...tabs.children].forEach((tab, at) => {
        tab.setAttribute('aria-selected', at === index);
        tab.tabIndex = at === index ? 0 : -1;
      });
    };
    sql.forEach((one, index) => {
      const step = event => {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (by === undefined) return;
        const next = (index + by + sql.length) % sql.length;
        show(next);
        tabs.children[next].focus();
        event.preventDefault();
      };
      tabs.append(
        element('button', { type: 'button', role: 'tab', onclick: () => show(index), onkeydown: step }, one.title),
      );
    });
    show(0);
    return [tabs, pre];
  };
  const facts = node => {
    const rows = [
      ['kind', node.kindText],
      ['file', node.file],
      ['owner', node.owner],
      [
        'tags',
        node.tags.length === 0
          ? null
          : element('span', {}, ...node.tags.map(tag => element('span', { class: 'tag' }, tag))),
      ],
    ].filter(([, value]) => value !== null && value !== '');
    return element(
      'dl',
      { class: 'facts' },
      ...rows.flatMap(([title, value]) => [element('dt', {}, title), element('dd', {}, value)]),
    );
  };
  const tell = node => {
    panel.hidden = false;
    panel.replaceChildren(
      element(
        'button',
        {
          type: 'button',
          class: 'close',
          'aria-label': 'Close',
          onclick: () => choose(undefined, { isFocused: true }),
        },
        '✕',
      ),
      element('h2', {}, node.name),
      element('p', {}, node.description),
      facts(node),
      ...section(`Reads (${upstream.get(node.name).length})`, links(upstream.get(node.name), 'from')),
      ...section(`Read by (${downstream.get(node.name).length})`, links(downstream.get(node.name), 'to')),
      ...(node.columns.length === 0 ? [] : section(`Columns (${node.columns.length})`, columnTable(node))),
      ...(node.checks.length === 0
        ? []
        : section(
            `Checks (${node.checks.length})`,
            element('ul', {}, ...node.checks.map(check => element('li', {}, check))),
          )),
      ...(node.sql.length === 0 ? [] : section('SQL', ...texts(node.sql))),
    );
    panel.scrollTop = 0;
    panel.setAttribute('aria-label', node.name);
  };

  // Search: every word must be in the name, kind, tags, description or a column's name.
  const search = find('search');
  const hits = find('hits');
  const haystacks = data.nodes.map(node => ({
    node,
    name: node.name.toLowerCase(),
    all: [
      node.name,
      node.kind,
      node.owner ?? '',
      ...node.tags,
      node.description,
      ...node.columns.map(column => column.name),
    ]
      .join(' ')
      .toLowerCase(),
  }));
  let found = [];
  let at = 0;
  const look = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rank = ({ name }) =>
      name === words[0] ? 0 : name.startsWith(words[0]) ? 1 : name.includes(words[0]) ? 2 : 3;
    found =
      words.length === 0
        ? []
        : haystacks
            .filter(({ all }) => words.every(word => all.includes(word)))
            .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
            .slice(0, 50)
            .map(({ node }) => node);
    at = 0;
    hits.hidden = words.length === 0;
    search.setAttribute('aria-expanded', String(!hits.hidden));
    list();
  };
  const list = () => {
    hits.replaceChildren(
      ...(found.length === 0 ? [element('li', { role: 'option', 'aria-disabled': 'true' }, 'Nothing found')] : []),
      ...found.map((node, index) =>
        element(
          'li',
          {
            role: 'option',
            id: `hit-${index}`,
            'aria-selected': String(index === at),
            onmousedown: event => event.preventDefault(),
            onclick: () => take(index),
          },
          node.name,
          element('small', {}, node.kind),
        ),
      ),
    );
    search.setAttribute('aria-activedescendant', found.length === 0 ? '' : `hit-${at}`);
    hits.children[at]?.scrollIntoView({ block: 'nearest' });
  };
  const leave = () => {
    hits.hidden = true;
    search.setAttribute('aria-expanded', 'false');
  };
  const take = index => {
    if (found[index] === undefined) return;
    const { name } = found[index];
    leave();
    choose(name, { isFocused: true });
    if (reach.value === 'whole') center(name);
  };
  search.addEventListener('input', look);
  search.addEventListener('focus', () => search.value !== '' && look());
  search.addEventListener('blur', leave);
  search.addEventListener('keydown', event => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      at = Math.min(Math.max(0, found.length - 1), Math.max(0, at + (event.key === 'ArrowDown' ? 1 : -1)));
      list();
    } else if (event.key === 'Enter') take(at);
    else if (event.key === 'Escape') {
      search.value = '';
      leave();
      search.blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // Pointer: drag to pan, two fingers or the wheel to zoom, a click without a drag chooses.
  const pointers = new Map();
  let travelled = 0;
  canvas.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 1) travelled = 0;
  });
  canvas.addEventListener('pointermove', event => {
    const last = pointers.get(event.pointerId);
    if (last === undefined) return;
    const now = { x: event.clientX, y: event.clientY };
    if (pointers.size === 1) {
      travelled += Math.hypot(now.x - last.x, now.y - last.y);
      if (travelled > 4) {
        if (!canvas.hasPointerCapture(event.pointerId)) canvas.setPointerCapture(event.pointerId);
        canvas.classList.add('dragging');
        view = { ...view, x: view.x + now.x - last.x, y: view.y + now.y - last.y };
        move();
      }
    } else {
      const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
      const rect = canvas.getBoundingClientRect();
      const before = Math.hypot(last.x - other.x, last.y - other.y);
      const after = Math.hypot(now.x - other.x, now.y - other.y);
      travelled += 10;
      if (before > 0) zoom(after / before, (now.x + other.x) / 2 - rect.left, (now.y + other.y) / 2 - rect.top);
    }
    pointers.set(event.pointerId, now);
  });
  const lift = event => {
    pointers.delete(event.pointerId);
    canvas.classList.remove('dragging');
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  canvas.addEventListener('click', event => {
    if (travelled > 4) return;
    const name = event.target.closest?.('.box')?.dataset.name;
    if (name !== undefined) choose(name, { isFocused: true });
    else if (chosen !== undefined) choose(undefined);
  });
  canvas.addEventListener(
    'wheel',
    event => {
      event.preventDefault();
      const rect = canvas.getBoundingClientRect();
      const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
      if (event.shiftKey) {
        view = { ...view, x: view.x - pixels };
        move();
      } else zoom(Math.exp(-pixels * 0.0016), event.clientX - rect.left, event.clientY - rect.top);
    },
    { passive: false },
  );

  // Keys: arrows go along the edges and up and down the column.
  const neighbour = (name, key) => {
    const place = places.get(name);
    const nearest = names =>
      names
        .filter(other => places.has(other))
        .sort((a, b) => Math.abs(places.get(a).y - place.y) - Math.abs(places.get(b).y - place.y))[0];
    if (key === 'ArrowLeft') return nearest(upstream.get(name).map(edge => edge.from));
    if (key === 'ArrowRight') return nearest(downstream.get(name).map(edge => edge.to));
    const sign = key === 'ArrowDown' ? 1 : -1;
    const column = [...places.values()].filter(other => other.layer === place.layer && (other.y - place.y) * sign > 0);
    return nearest(column.map(other => other.name));
  };
  const step = (name, key) => {
    const next = neighbour(name, key);
    if (next === undefined) return;
    boxes.get(name).setAttribute('tabindex', '-1');
    const group = boxes.get(next);
    group.style.display = '';
    group.setAttribute('tabindex', '0');
    group.focus({ preventScroll: true });
    if (!isInView(next)) center(next);
  };
  boxLayer.addEventListener('keydown', event => {
    const name = event.target.closest('.box')?.dataset.name;
    if (name === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') choose(name, { isFocused: true });
    else if (event.key.startsWith('Arrow')) step(name, event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, select, pre')) return;
    if (event.key === '/') search.focus();
    else if (event.key === 'Escape' && chosen !== undefined) choose(undefined, { isFocused: true });
    else if (event.key === '+' || event.key === '=') zoom(1.25);
    else if (event.key === '-') zoom(0.8);
    else if (event.key === '0') fitAll();
    else return;
    event.preventDefault();
  });
  find('in').addEventListener('click', () => zoom(1.25));
  find('out').addEventListener('click', () => zoom(0.8));
  find('fit').addEventListener('click', () => fitAll());
  reach.addEventListener('change', () => {
    arrange();
    draw();
    fitAll();
  });
  let isTouched = false;
  canvas.addEventListener('pointerdown', () => {
    isTouched = true;
  });
  canvas.addEventListener(
    'wheel',
    () => {
      isTouched = true;
    },
    { passive: true },
  );
  new ResizeObserver(() => (isTouched || chosen !== undefined ? cull() : begin())).observe(canvas);

  find('empty').hidden = data.nodes.length > 0;
  if (data.nodes.length === 0) return;
  whole();
  draw();
  begin();
  const asked = decodeURIComponent(location.hash.slice(1));
  if (byName.has(asked)) choose(asked);
})();
