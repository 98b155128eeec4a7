/** The colors of a page. Texts of all of them stand on `background` and on `panel`. */
export interface Palette {
  readonly background: string;
  readonly panel: string;
  readonly text: string;
  readonly muted: string;
  readonly good: string;
  readonly bad: string;
  readonly warning: string;
  readonly accent: string;
  readonly border: string;
}

export const lightPalette: Palette = {
  background: "#ffffff",
  panel: "#f5f7f9",
  text: "#1b1f24",
  muted: "#545d68",
  good: "#176f2c",
  bad: "#b3261e",
  warning: "#815400",
  accent: "#0550ae",
  border: "#8c959f",
};

export const darkPalette: Palette = {
  background: "#12161b",
  panel: "#1c2229",
  text: "#e6edf3",
  muted: "#a3adb8",
  good: "#5bd06f",
  bad: "#ff9187",
  warning: "#e5b94e",
  accent: "#84bdff",
  border: "#6b7682",
};

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, color]) => `--${name}:${color}`)
    .join(";");
}

/** The whole style of a page: nothing is loaded, not even a font. */
export const style = `
:root{color-scheme:light dark;${variables(lightPalette)}}
@media (prefers-color-scheme:dark){:root{${variables(darkPalette)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--background);color:var(--text);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
header,nav,main,footer{max-width:72rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.5rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.2rem;margin:2rem 0 .5rem}
h3{font-size:1rem;margin:1rem 0 .25rem}
p,ul,ol,dl,pre{margin:.25rem 0 .75rem}
td pre,li pre{margin:.25rem 0}
a{color:var(--accent)}
code,pre,.mono{font-family:ui-monospace,monospace;font-size:.875em}
pre{white-space:pre-wrap;background:var(--background);border:1px solid var(--border);border-radius:.25rem;padding:.5rem}
.muted,caption{color:var(--muted)}
.good{color:var(--good)}.bad{color:var(--bad)}.warning{color:var(--warning)}
.good,.bad,.warning{font-weight:600}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1rem}
dl.facts{display:grid;grid-template-columns:fit-content(40%) minmax(0,1fr);gap:.125rem 1rem}
dt{color:var(--muted)}
dd{margin:0}
.failure{background:var(--panel);border:2px solid var(--bad);border-radius:.5rem;padding:.25rem 1rem;margin-top:1rem}
.failure h2{margin-top:.75rem}
.note{background:var(--panel);border:1px solid var(--border);border-radius:.5rem;padding:.5rem 1rem}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
caption{text-align:left;padding-bottom:.25rem}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--border)}
thead th,.number,.short{overflow-wrap:normal}
.number{white-space:nowrap;font-variant-numeric:tabular-nums}
tbody th{font-weight:400}
ul.columns{columns:20rem;list-style:none;padding:0}
ul.columns li{break-inside:avoid}
th.server{padding-top:.75rem}
ol.steps{list-style:none;padding:0}
ol.steps>li{border-bottom:1px solid var(--border);padding:.375rem 0;break-inside:avoid}
.step{display:grid;grid-template-columns:minmax(12rem,1fr) 2fr 6rem;gap:0 1rem;align-items:start}
.step>:last-child{text-align:right;font-variant-numeric:tabular-nums}
.inner{padding-left:1.25rem}
svg{display:block;width:100%;background:var(--panel);border-radius:.125rem}
.phase{fill:var(--muted)}.failed{fill:var(--bad)}.request{fill:var(--accent)}.check{fill:var(--good)}
.program,.images,.wait{fill:var(--warning)}
.axis{display:flex;justify-content:space-between}
.more{font-size:.875rem;margin:.25rem 0 0;padding-left:1.25rem}
summary{cursor:pointer}
details table{font-size:.8125rem}
@media (max-width:40rem){
.step{grid-template-columns:1fr auto}
.step>:nth-child(2){grid-column:1/-1;grid-row:2}
th,td{padding-right:.375rem}
table{font-size:.8125rem}
dl.facts{grid-template-columns:1fr}
dt{margin-top:.25rem}
.stacked thead{display:none}
.stacked tr{display:grid;grid-template-columns:1fr auto;border-bottom:1px solid var(--border);padding:.25rem 0}
.stacked th,.stacked td{border:0;padding:0}
.stacked td:last-child{grid-column:1/-1}
}
@media print{
:root{${variables(lightPalette)}}
html{font-size:81.25%}
header,nav,main,footer{max-width:none;padding:0}
nav,.screen{display:none}
h2,h3{break-after:avoid}
tr,.failure{break-inside:avoid}
thead{display:table-header-group}
}
`;
