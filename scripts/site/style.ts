import { darkPalette, lightPalette, type Palette } from "../../src/report/style.ts";

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, color]) => `--${name}:${color}`)
    .join(";");
}

/** The colors are those of reports. */
export const styleSheet = `:root{color-scheme:light dark;${variables(lightPalette)}}
@media (prefers-color-scheme:dark){:root{${variables(darkPalette)}}}
*{box-sizing:border-box}
html{scroll-padding-top:4.5rem}
body{margin:0;background:var(--background);color:var(--text);font:1rem/1.6 system-ui,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",sans-serif}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,input:focus-visible,summary:focus-visible,.table:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-100vw}
.skip:focus{left:1rem;top:1rem;z-index:3;background:var(--background);padding:.5rem}
header{position:sticky;top:0;z-index:2;display:flex;gap:1rem;align-items:center;justify-content:space-between;padding:.6rem 1.5rem;background:var(--panel);border-bottom:1px solid var(--border)}
.name{color:var(--text);font-weight:600;text-decoration:none;white-space:nowrap}
#search{position:relative;flex:0 1 24rem}
#search input{width:100%;padding:.4rem .7rem;font:inherit;color:inherit;background:var(--background);border:1px solid var(--border);border-radius:.4rem}
#search ol{position:absolute;right:0;top:calc(100% + .4rem);width:min(36rem,calc(100vw - 2rem));max-height:75vh;overflow:auto;margin:0;padding:0;list-style:none;background:var(--background);border:1px solid var(--border);border-radius:.4rem;box-shadow:0 .5rem 1.5rem #0003}
#search ol:empty{display:none}
#search li a{display:block;padding:.5rem .8rem;color:inherit;text-decoration:none;overflow-wrap:anywhere}
#search li a:hover,#search li a:focus{background:var(--panel)}
#search li+li{border-top:1px solid color-mix(in srgb,var(--border) 40%,transparent)}
#search strong{color:var(--accent)}
#search span{color:var(--muted);font-size:.85rem}
#search small{display:block;color:var(--muted);line-height:1.4}
#search .nothing{padding:.5rem .8rem;color:var(--muted)}
mark{background:color-mix(in srgb,var(--warning) 25%,transparent);color:inherit}
.pages{display:none;white-space:nowrap}
.columns{display:grid;grid-template-columns:17rem minmax(0,1fr);grid-template-areas:"pages content";max-width:80rem;margin:0 auto}
nav{grid-area:pages;position:sticky;top:3.6rem;align-self:start;max-height:calc(100vh - 3.6rem);overflow:auto;padding:1rem 1rem 2rem 1.5rem;font-size:.92rem;line-height:1.4}
nav h2{margin:1.2rem 0 .3rem;font-size:.78rem;letter-spacing:.04em;text-transform:uppercase;color:var(--muted)}
nav ul{margin:0;padding:0;list-style:none}
nav a{display:block;padding:.2rem .6rem;margin-left:-.6rem;color:var(--text);text-decoration:none;border-radius:.3rem}
nav a:hover{background:var(--panel)}
nav a[aria-current]{background:var(--panel);color:var(--accent);font-weight:600}
main{grid-area:content;min-width:0;padding:1.5rem 2rem 5rem;max-width:58rem;overflow-wrap:anywhere}
h1{font-size:1.9rem;line-height:1.25;margin:.5rem 0 1rem}
h2{font-size:1.35rem;line-height:1.3;margin:2.4rem 0 .6rem}
h3{font-size:1.08rem;margin:1.8rem 0 .4rem}
h2 a:not(.anchor){color:inherit;text-decoration:none}
h2 a:not(.anchor):hover{text-decoration:underline}
.anchor{position:absolute;margin-left:.35em;opacity:0;text-decoration:none;font-weight:400}
:is(h2,h3):hover .anchor,.anchor:focus{opacity:1}
code,pre{font-family:ui-monospace,"Cascadia Mono","SFMono-Regular",Menlo,"DejaVu Sans Mono",monospace;font-size:.87em}
code{background:var(--panel);padding:.1em .3em;border-radius:.25rem}
pre{background:var(--panel);border:1px solid color-mix(in srgb,var(--border) 50%,transparent);border-radius:.4rem;padding:.8rem 1rem;overflow-x:auto;line-height:1.5;overflow-wrap:normal}
pre code{background:none;padding:0;font-size:.85rem}
.table{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.92rem;line-height:1.45}
th,td{padding:.45rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid color-mix(in srgb,var(--border) 55%,transparent);overflow-wrap:break-word}
th{background:var(--panel);font-weight:600}
td{min-width:5.5rem}
img,picture img{max-width:100%;height:auto}
img[src$="architecture.svg"]{background:#fff;border-radius:.4rem}
@media (max-width:60rem){
.columns{display:block}
.pages{display:inline}
nav{position:static;max-height:none;padding:.8rem 1rem 3rem;border-top:1px solid var(--border);font-size:1rem}
nav a{padding:.35rem .6rem}
main{padding:.5rem 1rem 3rem}
header{padding:.5rem 1rem;flex-wrap:wrap;gap:.4rem}
#search{flex:1 1 14rem}
h1{font-size:1.55rem}
}
@media (max-width:40rem){
.wide table,.wide tbody,.wide tr,.wide td{display:block}
.wide thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.wide tr{padding:.6rem 0;border-bottom:1px solid var(--border)}
.wide td{padding:.15rem 0;border:0}
.wide td:empty{display:none}
.wide td::before{content:attr(data-label);display:block;font-size:.78rem;color:var(--muted)}
.wide td:first-child{font-weight:600}
}
@media print{header,nav,.anchor{display:none}.columns{display:block}main{max-width:none}}
`;
