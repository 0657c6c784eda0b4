/** The page's style sheet: light and dark, narrow and wide, screen and paper. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--muted:#57606a;--paper:#fff;--soft:#f6f8fa;--line:#d8dee4;--accent:#0072b2;--good:#00684a;--good-soft:#e3f5ee;--alike-soft:#f1f7f5;--warn:#8a4600;--warn-soft:#fff4e5;--bad:#a3260b;--bad-soft:#fdece8;--bar:#cfe3f1;--shade:rgba(213,94,0,.13)}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf1;--muted:#9ea9b5;--paper:#10151b;--soft:#181f27;--line:#2d3742;--accent:#56b4e9;--good:#4fd1a5;--good-soft:#12332a;--alike-soft:#14261f;--warn:#f2b04f;--warn-soft:#33260f;--bad:#ff8f73;--bad-soft:#3a1a14;--bar:#1d4460;--shade:rgba(255,140,66,.18)}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:4rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;overflow-wrap:anywhere}
main,header.top,footer{max-width:1200px;margin-inline:auto;padding-inline:clamp(1rem,3vw,2rem)}
header.top{padding-block:2rem 1rem}
h1{font-size:clamp(1.5rem,4vw,2.1rem);line-height:1.2;margin:.2rem 0 .6rem;letter-spacing:-.01em;text-wrap:balance}
h2{font-size:1.5rem;line-height:1.25;margin:0 0 .3rem;letter-spacing:-.01em;text-wrap:balance}
h3{font-size:1.08rem;margin:2.2rem 0 .6rem}
p{margin:.4rem 0;max-width:75ch}
a{color:var(--accent)}
.brand svg{flex:none}.brand{display:flex;align-items:center;gap:.5rem;color:var(--muted);font-weight:600;font-size:.95rem}
.meta{color:var(--muted);font-size:.88rem;max-width:none}.note{color:var(--muted);font-size:.85rem;margin:.6rem 0 .4rem;max-width:none}.wide{overflow-x:auto}
nav{position:sticky;top:0;z-index:5;background:color-mix(in srgb,var(--paper) 92%,transparent);backdrop-filter:blur(6px);border-block:1px solid var(--line)}
nav ul{max-width:1200px;margin:0 auto;padding:.55rem clamp(1rem,3vw,2rem);display:flex;gap:1.3rem;overflow-x:auto;list-style:none;white-space:nowrap;font-size:.9rem}
nav a{text-decoration:none;color:var(--ink)}nav a:hover{color:var(--accent);text-decoration:underline}
section{margin-block:2.6rem}
section.scenario{border-top:1px solid var(--line);padding-top:2.2rem;margin-top:3rem}
.banner{border:1px solid var(--line);border-left:6px solid var(--accent);border-radius:10px;padding:1rem 1.25rem;background:var(--soft)}
.banner.bad{border-left-color:var(--bad)}.banner.good{border-left-color:var(--good)}
.banner strong{font-size:1.05rem}.banner p{margin:.35rem 0 0;max-width:none}
.answers{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:1rem;margin-top:1.2rem}
.answer{border:1px solid var(--line);border-radius:10px;padding:1rem 1.1rem;background:var(--paper);text-decoration:none;color:inherit;display:block}
.answer:hover{border-color:var(--accent)}
.answer .q{color:var(--muted);font-size:.9rem;margin:0 0 .35rem}
.answer p{margin:0}
.question{color:var(--muted);font-size:1.05rem;margin:0 0 1rem}
ul.findings{list-style:none;padding:0;margin:1rem 0;display:grid;gap:.55rem}
ul.findings li{padding:.55rem .9rem .55rem 2.3rem;border-radius:8px;background:var(--soft);position:relative;max-width:none}
ul.findings li.note{margin:0}ul.findings li:first-child.finding{font-size:1.08rem;font-weight:600}
ul.findings li .sign{position:absolute;left:.85rem;font-weight:700;color:var(--accent)}
ul.findings li.warn{background:var(--warn-soft)}ul.findings li.warn .sign{color:var(--warn)}
ul.findings li.unknown .sign{color:var(--warn)}ul.findings li.yes .sign{color:var(--good)}ul.findings li.no{background:var(--bad-soft)}ul.findings li.no .sign{color:var(--bad)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px;margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.5rem .7rem;text-align:right;white-space:nowrap;border-top:1px solid var(--line)}
thead th{border-top:0;background:var(--soft);font-weight:600;color:var(--muted);font-size:.82rem;vertical-align:bottom}
th:first-child,td:first-child,td.text,th.text{text-align:left}
tbody th{font-weight:600;overflow-wrap:normal;position:sticky;left:0;background:var(--paper)}
td.text{white-space:normal;min-width:12rem}td.reasons{text-align:left;white-space:normal;min-width:15rem}
td.best{background:var(--good-soft);font-weight:700}td.alike{background:var(--alike-soft)}
td.none{color:var(--muted)}td.unreached{background:var(--bad-soft)}
tr.invalid td,tr.invalid th{color:var(--muted);text-decoration:line-through;text-decoration-color:color-mix(in srgb,var(--bad) 60%,transparent)}
.mark{color:var(--good);font-weight:700}
.metered{min-width:8.5rem}.meter{display:block;height:4px;border-radius:2px;background:var(--bar);margin:.25rem 0 0 auto}
.badge{display:inline-block;font-size:.76rem;font-weight:600;border-radius:99px;padding:.05rem .55rem;border:1px solid currentColor;text-decoration:none;white-space:nowrap}
.badge.valid{color:var(--good)}.badge.suspect{color:var(--warn)}.badge.invalid{color:var(--bad)}.badge.na{color:var(--muted)}
.swatch{width:34px;height:12px;vertical-align:-1px;margin-right:.5rem;overflow:visible}
.heat td{text-align:center;min-width:7.5rem}.heat small{display:block;color:var(--muted)}.heat th.text{white-space:normal;min-width:9rem}
figure{margin:1.6rem 0 2.2rem}
figure h4{font-size:1.02rem;margin:0 0 .5rem;line-height:1.35}
figcaption{color:var(--muted);font-size:.87rem;margin-top:.4rem;max-width:85ch}
.canvas{position:relative;width:100%}
details{margin:.5rem 0}summary{cursor:pointer;color:var(--accent);font-size:.9rem}
details .scroll{max-height:26rem;overflow:auto}
details table{font-size:.84rem}
pre{background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;overflow:auto;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre;overflow-wrap:normal;max-height:32rem}
code{font:0.88em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.split{display:flex;height:16px;border-radius:4px;overflow:hidden;border:1px solid var(--line)}
.split span{display:block;height:100%}
.key{display:inline-block;width:.9em;height:.9em;border-radius:3px;vertical-align:-1px;margin-right:.35em;border:1px solid var(--line)}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.45rem 1.2rem;margin:.6rem 0}
dt{font-weight:600}dd{margin:0;color:var(--muted)}
.topology{width:100%;max-width:760px;height:auto;display:block;margin:1rem 0}
.topology text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}
.topology .small{font-size:11.5px;fill:var(--muted)}.topology .box{fill:var(--soft);stroke:var(--line);stroke-width:1.5}
.topology .faulty{stroke:#d55e00;stroke-width:2.5;stroke-dasharray:6 4}.topology .different{stroke:#e69f00;stroke-width:2.5}
.topology path{fill:none;stroke:var(--muted);stroke-width:1.3}
.noscript{border:1px solid var(--line);border-radius:8px;padding:.7rem 1rem;background:var(--warn-soft)}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.4rem .8rem;z-index:9}
footer{color:var(--muted);font-size:.85rem;padding-block:2rem 3rem;border-top:1px solid var(--line);margin-top:3rem}
@media (max-width:640px){body{font-size:15px}dl{grid-template-columns:1fr;gap:.1rem}dd{margin-bottom:.6rem}th,td{padding:.42rem .55rem}tbody th{white-space:normal;min-width:8.5rem}.topology{min-width:560px}.swatch{display:block;margin:0 0 .2rem}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{:root{color-scheme:light}nav,.skip{display:none}body{font-size:11pt}section,figure,table,.banner{break-inside:avoid}section.scenario{break-before:page;break-inside:auto}.scroll{overflow:visible;border:0}details .scroll,pre{max-height:none}pre{white-space:pre-wrap}a{color:inherit;text-decoration:none}}
`;
