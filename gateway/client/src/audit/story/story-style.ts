/** The page's style: readable on a screen, black on white on paper, nothing loaded from anywhere. */
export const storyStyle = `
:root { color-scheme: light; --ink: #1c2330; --soft: #5a6475; --line: #d7dce4; --good: #14663b; --bad: #a1161b; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.5rem; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header { border-bottom: 2px solid var(--ink); padding-bottom: 1rem; }
.kind { margin: 0; color: var(--soft); }
h1 { margin: 0 0 .75rem; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; break-after: avoid; }
.verdict { margin: 0; padding: .6rem .8rem; border-left: .35rem solid; }
.verdict.good { border-color: var(--good); background: #eef7f1; }
.verdict.bad { border-color: var(--bad); background: #fbeeee; }
table { width: 100%; border-collapse: collapse; font-size: .93rem; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
thead { display: table-header-group; }
thead th { color: var(--soft); font-weight: 600; border-bottom: 1px solid var(--ink); }
tr { break-inside: avoid; }
.facts th { width: 14rem; color: var(--soft); font-weight: 500; }
.when { width: 10.5rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
.place, .signer { color: var(--soft); font-size: .85em; font-variant-numeric: tabular-nums; }
td.who { white-space: nowrap; }
td.place { width: 10rem; white-space: nowrap; }
dl, dd { margin: 0; }
dl > div { display: grid; grid-template-columns: 11rem 1fr; gap: .5rem; }
dt { color: var(--soft); }
del { color: var(--soft); }
td.good { color: var(--good); }
td.bad, .finding { color: var(--bad); font-weight: 600; }
footer { margin-top: 2rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
@page { margin: 15mm; }
@media (max-width: 48rem) { dl > div { grid-template-columns: 1fr; gap: 0; } .when, td.who { white-space: nowrap; }
td.place { white-space: normal; width: auto; } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; }
  .verdict { background: none !important; } h2 { margin-top: 1.2rem; } }
`;
