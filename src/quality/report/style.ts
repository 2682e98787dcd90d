// The style of report pages. Colours reach 4.5:1 against their ground in both schemes.

export const STYLE = `:root { color-scheme: light dark; --ground: #ffffff; --raised: #f5f6f8; --text: #1b1f24; --dim: #57606a; --line: #d5d9de; --link: #0a55b5; --a: #2f6fb3; --b: #b04f0f; --pass: #1a6b32; --warn: #855300; --fail: #b3261e; --bound: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #12161b; --raised: #1b2129; --text: #e6e9ed; --dim: #a3adb8; --line: #343c46; --link: #7db8f5; --a: #6aa9e9; --b: #f0a268; --pass: #6fce8b; --warn: #e8b35c; --fail: #ff9088; --bound: #ff9088; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1.25rem 3rem; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; overflow-wrap: break-word; }
a { color: var(--link); }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 0 0 .25rem; }
p { margin: .4rem 0; }
.project { margin: 0 0 .25rem; }
.none, footer, caption, figcaption { color: var(--dim); }
.badge { display: inline-block; font-size: .8rem; line-height: 1.4; font-weight: 600; padding: 0 .5rem; border-radius: 1rem; border: 1.5px solid currentColor; vertical-align: middle; white-space: nowrap; }
.pass { color: var(--pass); } .warn { color: var(--warn); } .fail { color: var(--fail); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(11.5rem, 45%), 1fr)); gap: .6rem; margin: 1rem 0 0; }
.figures div { background: var(--raised); border-radius: .4rem; padding: .5rem .75rem; }
dt { font-size: .85rem; color: var(--dim); } dd { margin: 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; }
figure { margin: .75rem 0; overflow-x: auto; }
.plot { width: 100%; min-width: 34rem; height: auto; display: block; }
.small { margin: 0; } .trend { width: 100%; max-width: 24rem; height: auto; display: block; }
figcaption { font-size: .85rem; }
.tick, .unit { font-size: 12px; fill: var(--dim); font-variant-numeric: tabular-nums; } .unit { font-weight: 600; }
.grid { stroke: var(--line); stroke-width: 1; } .axis { stroke: var(--dim); stroke-width: 1; }
.fill-a { fill: var(--a); } .fill-b { fill: var(--b); } .line-b { fill: none; stroke: var(--b); stroke-width: 2; }
.bound { stroke: var(--bound); stroke-width: 1; stroke-dasharray: 4 3; }
.rank { list-style: none; margin: .5rem 0; padding: 0; font-size: .9rem; font-variant-numeric: tabular-nums; }
.rank li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; margin: .35rem 0; break-inside: avoid; } .rank span { overflow-wrap: anywhere; } .rank span + span { color: var(--dim); } .rank svg { display: block; width: 100%; height: .6rem; }
.scroll { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .85rem; padding-bottom: .25rem; }
th, td { padding: .2rem .9rem .2rem 0; text-align: right; vertical-align: top; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child { text-align: left; } thead th { font-weight: 600; vertical-align: bottom; white-space: normal; } .words thead th { white-space: nowrap; } .long { white-space: normal; overflow-wrap: anywhere; min-width: 12rem; } tbody th { font-weight: 400; }
.check { margin: 1.5rem 0; } .beside { display: flex; flex-wrap: wrap; gap: .25rem 2rem; align-items: flex-start; } .beside .small { flex: 0 1 22rem; }
table.words th, table.words td { text-align: left; }
.check .scroll td:last-child, .check .scroll th:last-child { text-align: left; }
.months { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1.5rem; align-items: start; } .tally { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; list-style: none; margin: 0 0 1rem; padding: 0; }
.month td { height: 2.75rem; color: var(--dim); vertical-align: middle; }
.month th, .month td { padding: .15rem; text-align: center; border: 0; width: 2.3rem; } .month th { color: var(--dim); text-align: center; }
.month a { display: block; border-radius: .35rem; border: 1.5px solid currentColor; text-decoration: none; line-height: 1.2; padding: .15rem 0; }
.month small { display: block; font-size: .7rem; }
@media (max-width: 36rem) { th, td { padding-right: .55rem; } table { font-size: .8rem; } .check .scroll td:last-child { white-space: normal; min-width: 6rem; } .check .beside tbody th { white-space: normal; } .plot { min-width: 0; } .plot .tick, .plot .unit { font-size: 19px; } .plot .odd { display: none; } }
@page { size: A4; margin: 14mm; }
@media print { :root { color-scheme: light; --ground: #fff; --raised: #f5f6f8; --text: #000; --dim: #444; --line: #bbb; --link: #000; --a: #2f6fb3; --b: #b04f0f; --pass: #1a6b32; --warn: #855300; --fail: #b3261e; --bound: #b3261e; } body { font-size: 10pt; max-width: none; padding: 0; } h2, h3, caption, figcaption, section > p, .check > p { break-after: avoid; } figure, tr, .scroll, .figures div { break-inside: avoid; } .plot { min-width: 0; } .scroll, figure { overflow: visible; } table { font-size: 8pt; } th, td { padding-right: .5rem; white-space: normal; } table.words td { overflow-wrap: anywhere; } }
`;
