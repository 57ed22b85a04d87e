"""The style sheet of the HTML page: light and dark by what the reader prefers, and print."""

STYLE = """
:root { color-scheme: light dark; --back: #fdfdfc; --text: #1c1e21; --soft: #5a6069; --line: #d9dce1;
  --code: #f2f3f5; --mark: #fdeccb; --error: #b3261e; --warning: #8a5a00; --passed: #1b6e3c;
  --c0: #1c1e21; --c1: #1f6feb; --c2: #1b7f4b; --c3: #8250df; --c4: #9a6700; --c5: #57606a; }
@media (prefers-color-scheme: dark) { :root { --back: #16181c; --text: #e6e8eb; --soft: #a2a9b4; --line: #363b44;
  --code: #20242a; --mark: #4d3d17; --error: #ff8a80; --warning: #f0b95b; --passed: #6fd196;
  --c0: #e6e8eb; --c1: #79b8ff; --c2: #6fd196; --c3: #c8a6ff; --c4: #f0b95b; --c5: #a2a9b4; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main, footer { max-width: 60rem; margin: 0 auto; padding: 1rem; }
footer { color: var(--soft); font-size: .85rem; }
h1 { font-size: 1.5rem; margin: 1rem 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
h3 small { font-weight: normal; color: var(--soft); }
p { margin: .25rem 0; overflow-wrap: anywhere; }
header p { color: var(--soft); }
header .result { font-size: 1.15rem; font-weight: 600; }
.result.error, article.error h3 { color: var(--error); }
.result.warning, article.warning h3 { color: var(--warning); }
.result.passed { color: var(--passed); }
article { border: 1px solid var(--line); border-left: 4px solid var(--error); border-radius: 4px; padding: 1rem;
  margin: 0 0 1rem; }
article.warning { border-left-color: var(--warning); }
pre, code, table { font: .85rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { background: var(--code); padding: .75rem; overflow-x: auto; margin: .5rem 0; }
pre mark { background: var(--mark); color: inherit; display: inline-block; min-width: 100%; font-weight: 600; }
code { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; margin: .75rem 0 0; }
dt { color: var(--soft); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
dd p:first-child { margin-top: 0; }
.checks dt { color: inherit; font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .85rem; }
.checks dd { color: var(--soft); font-size: .9rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .15rem .75rem .15rem 0; vertical-align: top; font-weight: normal; }
th { color: var(--soft); }
details { margin-top: .75rem; }
summary { cursor: pointer; color: var(--soft); }
figure { margin: 1rem 0; }
figure > svg { width: 100%; height: auto; max-width: 44rem; display: block; }
figure ul { list-style: none; padding: 0; margin: .25rem 0; }
figure li { overflow-wrap: anywhere; font-size: .9rem; }
figcaption { color: var(--soft); font-size: .85rem; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
svg .grid { stroke: var(--line); }
svg .axis { stroke: var(--soft); fill: none; }
svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .c0 { stroke: var(--c0); } svg .c1 { stroke: var(--c1); stroke-dasharray: 7 3; }
svg .c2 { stroke: var(--c2); stroke-dasharray: 2 3; } svg .c3 { stroke: var(--c3); stroke-dasharray: 10 3 2 3; }
svg .c4 { stroke: var(--c4); stroke-dasharray: 4 4; } svg .c5 { stroke: var(--c5); stroke-dasharray: 1 5; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; }
  article { padding: .75rem; } svg text { font-size: 17px; } }
@media print { :root { --back: #fff; --text: #000; --soft: #444; --line: #bbb; --code: #f4f4f4; --mark: #ffe9b8;
  --error: #a11; --warning: #740; --passed: #153; --c0: #000; --c1: #14a; --c2: #164; --c3: #528; --c4: #850;
  --c5: #444; }
  article, figure { break-inside: avoid; } pre { white-space: pre-wrap; } details:not([open]) { display: none; } }
"""
