"""The style of the debug page: no resource from elsewhere, light and dark, as wide as the window."""

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --soft: #57606a; --card: #f6f8fa; --line: #d0d7de;
  --error: #b3261e; --mark: #ffe08a; --run: #fff4d6; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --back: #16191d; --text: #e6e9ec; --soft: #a2abb5; --card: #1f2429;
  --line: #3a424b; --error: #ff8a80; --mark: #6b5300; --run: #2e2a1c; --link: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.75rem; }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; line-height: 1.3; overflow-wrap: anywhere; }
h1 b, h2 b { color: var(--error); }
h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; overflow-wrap: anywhere; }
h3 { margin: 1.25rem 0 .4rem; font-size: 1rem; }
p { margin: .25rem 0; color: var(--soft); overflow-wrap: anywhere; }
p.words { color: var(--text); white-space: pre-wrap; }
code, pre, td, th, summary { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .875rem; }
details { margin: .4rem 0; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
summary { padding: .5rem .75rem; cursor: pointer; overflow-wrap: anywhere; }
summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 8px; }
summary b { font-weight: 600; }
summary span { color: var(--soft); }
details details { margin: .5rem .75rem .75rem; background: var(--back); }
pre { margin: 0; padding: .5rem 0; overflow-x: auto; background: var(--back); border-top: 1px solid var(--line);
  tab-size: 4; line-height: 1.6; }
pre i { display: block; min-width: max-content; padding-right: 1rem; font-style: normal; }
pre i.running { background: var(--run); }
pre s { display: inline-block; width: 4.5rem; padding-right: 1rem; color: var(--soft); text-align: right;
  text-decoration: none; user-select: none; }
pre.text { padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
mark { background: var(--mark); color: inherit; border-radius: 2px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .3rem .75rem; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
th { width: 1%; white-space: nowrap; font-weight: 600; }
td { overflow-wrap: anywhere; white-space: pre-wrap; }
"""
