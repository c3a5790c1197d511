"""How the page looks: light or dark as the reader's system is, wide enough for tables, fit for printing."""

__all__ = ["STYLE"]

STYLE = """
:root { color-scheme: light dark; --text: #1c2430; --soft: #5b6675; --page: #f6f7f9; --card: #ffffff; --edge: #dfe3e8;
  --first: #c2680a; --second: #2458c6; --warn: #fff4dc; --warn-edge: #d9a441; --heat: 36, 88, 198; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --soft: #9aa6b5; --page: #12161c; --card: #1a2028;
  --edge: #2d3642; --first: #f0a04b; --second: #7aa5ff; --warn: #33290f; --warn-edge: #a97c22;
  --heat: 122, 165, 255; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 0 0 .75rem; }
p { margin: .5rem 0; } p.summary { color: var(--soft); font-size: 1.05rem; overflow-wrap: anywhere; }
p.warning { background: var(--warn); border-left: 4px solid var(--warn-edge); padding: .5rem .8rem; border-radius: 4px;
  overflow-wrap: anywhere; }
section { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: 1.25rem 1.4rem;
  margin-top: 1.25rem; }
dl.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .75rem;
  margin: 1.5rem 0 0; }
dl.cards div { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: .8rem 1rem; }
dl.cards dt { color: var(--soft); font-size: .85rem; } dl.cards dd { margin: 0; }
dl.cards dd.value { font-size: 1.45rem; font-weight: 650; line-height: 1.3; font-variant-numeric: tabular-nums; }
dl.cards dd.note { color: var(--soft); font-size: .85rem; }
.wide { overflow-x: auto; } figure { margin: 1rem 0 .25rem; } figcaption, caption { color: var(--soft);
  font-size: .9rem;   text-align: left; margin-top: .4rem; } caption { caption-side: top; padding-bottom: .4rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums;
  margin: .5rem 0; }
th, td { padding: .35rem .7rem; border-bottom: 1px solid var(--edge); text-align: left; vertical-align: top; }
tbody th { overflow-wrap: anywhere; min-width: 8rem; }
thead th { color: var(--soft); font-weight: 600; border-bottom-width: 2px; } tbody th { font-weight: 500; }
.right { text-align: right; white-space: nowrap; } tbody tr:last-child > * { border-bottom: 0; }
table.heat { width: auto; } table.heat td { text-align: center; min-width: 4rem; border: 1px solid var(--edge);
  background: rgba(var(--heat), var(--share)); }
details > summary { cursor: pointer; color: var(--soft); margin-top: .75rem; }
svg { display: block; width: 100%; height: auto; max-width: 54rem; } svg text { fill: var(--text); font-size: 12px; }
svg .tick { fill: var(--soft); } svg .name { fill: var(--text); } svg .title { fill: var(--soft); font-size: 12.5px; }
svg .end { text-anchor: end; } svg .middle { text-anchor: middle; } svg .grid { stroke: var(--edge); }
svg .axis { stroke: var(--soft); } svg .mark { stroke: var(--soft); stroke-dasharray: 4 4; }
svg .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; } svg .line.first { stroke: var(--first); }
svg .line.second { stroke: var(--second); } svg .line.even { stroke: var(--soft); stroke-width: 1.2;
  stroke-dasharray: 5 4; }
svg .dot.first { fill: var(--first); } svg .dot.second { fill: var(--second); } svg .faint { fill-opacity: .45; }
svg .bar { fill: var(--second); fill-opacity: .8; } svg .spread { stroke: var(--text); stroke-width: 1.6; }
footer { color: var(--soft); font-size: .85rem; margin-top: 1.5rem; }
@media print { body { background: #fff; } section { break-inside: avoid; } }
"""
