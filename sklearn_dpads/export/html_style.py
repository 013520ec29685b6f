"""Style sheets of a program in HTML; they name no colour of the text, but mix with it."""

from __future__ import annotations

# ``#ROOT`` stands for a selector, so that the style reaches nothing else on a page.
TREE_STYLE = """
#ROOT { font: 13px/1.45 system-ui, sans-serif; color: inherit; }
#ROOT .about { margin: 0 0 .5em; opacity: .75; }
#ROOT summary { cursor: pointer; list-style: none; }
#ROOT summary::-webkit-details-marker { display: none; }
#ROOT summary::before { content: "▸"; display: inline-block; flex: none; width: 1em; opacity: .6; }
#ROOT details[open] > summary::before { content: "▾"; }
#ROOT .row { display: flex; flex-wrap: wrap; gap: 0 .45em; align-items: baseline; padding: 2px 5px;
  border-radius: 4px; }
#ROOT .leaf { padding-left: calc(5px + 1.45em); }
#ROOT .row:hover { background: color-mix(in srgb, currentColor 8%, transparent); }
#ROOT .row:focus-visible { outline: 2px solid #3b75af; outline-offset: -1px; }
#ROOT .args { margin-left: .95em; padding-left: .6em;
  border-left: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
#ROOT b { font-weight: 600; padding: 0 .4em; border-radius: 4px; white-space: nowrap; }
#ROOT b.list { background: rgba(59, 117, 175, .25); }
#ROOT b.combination { background: rgba(200, 116, 43, .28); }
#ROOT b.terminal { background: color-mix(in srgb, currentColor 12%, transparent); }
#ROOT .role { font-style: italic; opacity: .75; white-space: nowrap; }
#ROOT .gloss { opacity: .65; }
#ROOT code, #ROOT pre { font: 12px/1.45 ui-monospace, monospace; color: inherit;
  background: transparent; padding: 0; margin: 0; }
#ROOT code { white-space: pre-wrap; overflow-wrap: anywhere; }
#ROOT > details { margin: .35em 0 .8em; }
#ROOT pre { padding: .5em 1.4em; overflow-x: auto; }
"""

PAGE_STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --ink: #23262b; --soft: #6a6f76;
  --line: #d5d8dc; --panel: #f7f8f9; --then: #3b75af; --else: #b5651d;
  --k0: #3b75af; --k1: #c8742b; --k2: #2f7d4f; --k3: #b23a48; --k4: #7b52a3;
  --k5: #8c6d46; --k6: #c2649a; --k7: #5f6a72; --k8: #8a8a1f; --k9: #2b8a9c; }
@media (prefers-color-scheme: dark) {
  :root { --page: #17191c; --ink: #e4e6e9; --soft: #9aa0a8; --line: #3a3f46;
    --panel: #1f2226; --then: #74a9dc; --else: #e0a060;
    --k0: #74a9dc; --k1: #e0a060; --k2: #6cc08f; --k3: #e5808b; --k4: #b794dd;
    --k5: #c9aa82; --k6: #e29bc6; --k7: #a9b3bb; --k8: #c9c95e; --k9: #6fc7d8; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1500px; padding: 18px 22px 40px; background: var(--page);
  color: var(--ink); font: 14px/1.45 system-ui, sans-serif; }
h1 { font-size: 20px; margin: 0 0 2px; }
h2 { font-size: 14px; margin: 18px 0 6px; }
p { margin: 0 0 8px; }
.soft { color: var(--soft); }
kbd { font: 12px ui-monospace, monospace; border: 1px solid var(--line); border-radius: 3px;
  padding: 0 4px; }
.controls { position: sticky; top: 0; z-index: 2; background: var(--page); padding: 8px 0;
  border-bottom: 1px solid var(--line); display: grid; gap: 4px 14px; align-items: center;
  grid-template-columns: max-content minmax(120px, 1fr) minmax(9em, max-content) max-content; }
.controls output { font-variant-numeric: tabular-nums; }
.controls .verdict { grid-column: 1 / -1; font-weight: 600; min-height: 1.45em; }
@media (max-width: 620px) {
  body { padding: 12px 10px 30px; }
  .controls { grid-template-columns: max-content minmax(40px, 1fr) max-content; gap: 4px 8px; }
  .controls > span { grid-column: 1 / -1; }
  .controls > span:empty { display: none; } }
input[type=range] { width: 100%; accent-color: var(--then); }
button { font: inherit; color: inherit; background: var(--panel); padding: 2px 10px;
  border: 1px solid var(--line); border-radius: 5px; cursor: pointer; }
button:focus-visible, input:focus-visible, #charts:focus-visible {
  outline: 2px solid var(--then); outline-offset: 2px; }
.columns { display: grid; gap: 10px 28px; margin-top: 12px;
  grid-template-columns: minmax(0, 1fr); }
@media (min-width: 1050px) {
  .columns.two { grid-template-columns: minmax(0, 6fr) minmax(0, 7fr); } }
#program .row.chosen { background: color-mix(in srgb, var(--then) 18%, transparent); }
#program .row.off { opacity: .42; }
#program .value { margin-left: auto; padding-left: 1em; text-align: right;
  overflow-wrap: anywhere;
  font: 12px ui-monospace, monospace; color: var(--soft); }
#charts svg, #chosen svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
svg text.title { fill: var(--ink); font-size: 12px; }
svg .frame { stroke: var(--line); fill: none; }
svg .zero { stroke: var(--soft); }
svg .settled { stroke: var(--ink); stroke-dasharray: 4 3; }
svg .cursor { stroke: var(--k3); stroke-width: 1.5; }
svg .curve { fill: none; stroke: var(--ink); stroke-width: 1.6; stroke-linejoin: round; }
svg .then { fill: var(--then); } svg .else { fill: var(--else); } svg .off { fill: var(--soft); }
svg rect.shade { opacity: .17; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 2px 10px; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; padding-left: 2px; }
.scroll { overflow-x: auto; }
""" + "".join(
    f"svg .curve.k{k} {{ stroke: var(--k{k}); }} svg .fill.k{k} {{ fill: var(--k{k}); }}\n"
    for k in range(10)
)
