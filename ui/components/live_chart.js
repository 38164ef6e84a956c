// Two plots that grow: loss and F1. `props.value` is the run's id; new points come from api/runs/<id>/events?after=N.
// Plotly.extendTraces keeps the element and the zoom; a resumed run voids the points beyond its step.
const { el, t } = FR;
const $ = (q) => element.querySelector(q);
const css = (name) => getComputedStyle(element).getPropertyValue(name).trim();
const DASH = ['solid', '7px,3px', '2px,3px', '9px,3px,2px,3px'], MARK = ['circle', 'square', 'diamond', 'triangle-up', 'cross', 'x'];
const MANY = 12;  // labels drawn at first; the others wait in the legend
const LOG_TICKS = [.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10];  // plain numbers instead of Plotly's small digits
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: 'reset', scrollZoom: false };
const PLOTS = ['loss', 'f1'];
const f3 = (x) => x == null ? '–' : x.toFixed(3);
const narrow = () => element.clientWidth < 560;
const SHAPE = { circle: '<circle cx="14" cy="5" r="3.2"/>', square: '<rect x="11" y="2" width="6" height="6"/>', diamond: '<path d="M14 1l4 4-4 4-4-4z"/>', 'triangle-up': '<path d="M14 1l4.2 7.5H9.8z"/>', cross: '<path d="M12.7 1h2.6v2.7H18v2.6h-2.7V9h-2.6V6.3H10V3.7h2.7z"/>', x: '<path d="M11 1l3 2.8L17 1l1.2 1.2L15.2 5l3 2.8L17 9l-3-2.8L11 9 9.8 7.8l3-2.8-3-2.8z"/>' };
let smoothing = 0.6, log = false, carry = null, state;

function reset() { state = { run: null, after: 0, points: [], evals: [], labels: [], hidden: new Set(), lines: [], drawn: false, info: null, total: 0 }; }

// every line: where, name, colour token, dash, width, marker
function lines() {
  return [
    { plot: 'loss', key: 'raw', name: t('chart_raw'), paint: '--fr-chart-train', width: 1, opacity: .4, legend: false },
    { plot: 'loss', key: 'train', name: t('chart_training'), paint: '--fr-chart-train', width: 1.8 },
    { plot: 'loss', key: 'val', name: t('chart_validation'), paint: '--fr-l1', width: 2, dash: DASH[1], mark: 'circle' },
    { plot: 'f1', key: 'f1', name: t('chart_overall'), paint: '--fr-accent', width: 3, mark: 'circle' },
    ...state.labels.map((l, i) => ({ plot: 'f1', key: 'label:' + l, name: l, paint: `--fr-l${i % 12}`, width: 1.4, dash: DASH[i % 4], mark: MARK[i % 6] })),
  ];
}
const of = (plot) => state.lines.filter((l) => l.plot === plot);
const read = (line, e) => line.key === 'val' ? e.eval_loss ?? null : line.key === 'f1' ? e.f1 ?? null : e.labels?.[line.key.slice(6)] ?? null;
const smooth = (x) => x == null ? null : carry = carry == null ? x : smoothing * carry + (1 - smoothing) * x;
const smoothed = () => { carry = null; return state.points.map((p) => smooth(p.loss)); };

function trace(line) {
  const loud = line.legend !== false;
  return { x: [], y: [], type: 'scatter', mode: line.mark ? 'lines+markers' : 'lines', name: line.name, opacity: line.opacity ?? 1, visible: !state.hidden.has(line.key), connectgaps: false, cliponaxis: false,
    line: { color: css(line.paint), width: line.width, dash: line.dash || 'solid', shape: 'linear' }, marker: { color: css(line.paint), symbol: line.mark, size: line.width > 2 ? 7 : 5 },
    hoverinfo: loud ? undefined : 'skip', hovertemplate: loud ? `<b>%{data.name}</b> %{y:.3f}<extra></extra>` : undefined };
}
function filled(plot) {
  const steps = state.points.map((p) => p.step), es = state.evals.map((e) => e.step);
  return of(plot).map((line) => {
    const tr = trace(line);
    tr.name = line.name.replace(/[<&]/g, (c) => ({ '<': '&lt;', '&': '&amp;' })[c]);  // Plotly reads markup in names
    if (line.key === 'raw') { tr.x = steps; tr.y = state.points.map((p) => p.loss); }
    else if (line.key === 'train') { tr.x = steps.slice(); tr.y = smoothed(); }
    else { tr.x = es.slice(); tr.y = state.evals.map((e) => read(line, e)); }
    return tr;
  });
}
const scale = () => log ? { type: 'log', tickmode: 'array', tickvals: LOG_TICKS, ticktext: LOG_TICKS.map(String) } : { type: 'linear', rangemode: 'tozero', tickmode: 'auto' };
const span = () => [0, Math.max(state.total || 0, state.points.at(-1)?.step ?? 0, state.evals.at(-1)?.step ?? 0, 1)];
function layout(plot) {
  const grid = css('--fr-line'), ink = css('--fr-text-2');
  const axis = { gridcolor: grid, linecolor: grid, zeroline: false, tickfont: { color: ink, size: 12 }, ticks: '', automargin: false, fixedrange: false };
  return { height: narrow() ? 220 : 260, margin: { l: 38, r: 8, t: 8, b: 30 }, showlegend: false, uirevision: state.run, hovermode: 'x unified', dragmode: narrow() ? false : 'zoom',
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', font: { family: css('--font') || 'sans-serif', color: ink },
    hoverlabel: { bgcolor: css('--fr-panel'), bordercolor: css('--fr-line-2'), font: { color: css('--fr-text'), size: 12.5 } },
    xaxis: { ...axis, range: span(), nticks: narrow() ? 4 : 7, showgrid: false, showline: true },
    yaxis: plot === 'f1' ? { ...axis, range: [0, 1.02], nticks: 6 } : { ...axis, ...scale(), nticks: 6 } };
}
function draw() {
  state.lines = lines();
  for (const p of PLOTS) { const g = $(`.lc-${p}`); g.setAttribute('aria-label', t(`chart_${p}_aria`)); Plotly.react(g, filled(p), layout(p), CONFIG); if (!g._fr_hooked) hook(g); }
  state.drawn = true; legend(); zoomed();
}
function hook(g) {
  g._fr_hooked = true;
  g.on('plotly_relayout', (e) => { if ('xaxis.range[0]' in e || 'yaxis.range[0]' in e) g._fr_zoom = true; zoomed(); });
  g.on('plotly_doubleclick', () => { g._fr_zoom = false; setTimeout(zoomed); });
}
function zoomed() { $('.lc-reset').disabled = !PLOTS.some((p) => $(`.lc-${p}`)._fr_zoom); }

function key(line) {
  const b = el('button', 'lc-key'); b.type = 'button'; b.dataset.key = line.key; b.title = line.name;
  b.setAttribute('aria-pressed', String(!state.hidden.has(line.key)));
  const s = document.createElementNS('http://www.w3.org/2000/svg', 'svg'); s.setAttribute('viewBox', '0 0 28 10'); s.setAttribute('aria-hidden', 'true');
  const dash = line.dash && line.dash !== 'solid' ? line.dash.replaceAll('px', '') : '';
  s.innerHTML = `<line x1="0" x2="28" y1="5" y2="5" stroke-width="${Math.max(1.6, line.width)}" stroke-dasharray="${dash}"/>${SHAPE[line.mark] || ''}`;
  s.style.stroke = s.style.fill = `var(${line.paint})`;
  b.append(s, el('span', 'lc-name', line.name), el('span', 'lc-now num', ''));
  const g = $(`.lc-${line.plot}`), at = () => of(line.plot).indexOf(line);
  b.onclick = () => {
    state.hidden.has(line.key) ? state.hidden.delete(line.key) : state.hidden.add(line.key);
    b.setAttribute('aria-pressed', String(!state.hidden.has(line.key)));
    Plotly.restyle(g, { visible: !state.hidden.has(line.key) }, at());
  };
  const lift = (on) => Plotly.restyle(g, { opacity: of(line.plot).map((l, i) => on && i !== at() ? .15 : l.opacity ?? 1) });
  b.onmouseenter = () => lift(true); b.onmouseleave = () => lift(false);
  return b;
}
function legend() { for (const p of PLOTS) $(`.lc-legend-${p}`).replaceChildren(...of(p).filter((l) => l.legend !== false).map(key)); }

function trend(e, prev) {
  if (e.eval_loss == null || prev?.eval_loss == null) return '';
  const way = e.eval_loss < prev.eval_loss - .002 ? 'falling' : e.eval_loss > prev.eval_loss + .002 ? 'rising' : 'flat';
  return t('chart_' + way);
}
function words() {
  const p = state.points.at(-1), e = state.evals.at(-1), now = smoothed().filter((x) => x != null).at(-1);
  for (const b of element.querySelectorAll('.lc-key')) {
    const line = state.lines.find((l) => l.key === b.dataset.key);
    b.querySelector('.lc-now').textContent = line.key === 'train' ? f3(now) : e ? f3(read(line, e)) : '–';
  }
  const say = [];
  if (p) say.push(t('chart_say_loss', { step: p.step, loss: now }));
  if (e?.eval_loss != null) { const way = trend(e, state.evals.at(-2)); say.push(t('chart_say_validation', { loss: e.eval_loss }) + (way ? `, ${way}` : '') + '.'); }
  const scored = state.evals.filter((x) => x.f1 != null);
  if (scored.length) { const best = scored.reduce((a, b) => b.f1 > a.f1 ? b : a); say.push(t('chart_say_f1', { f1: scored.at(-1).f1, best: best.f1, step: best.step })); }
  const weak = Object.entries(e?.labels ?? {}).filter(([, v]) => v != null).sort((a, b) => a[1] - b[1])[0];
  if (weak) say.push(t('chart_say_weak', { label: weak[0], f1: weak[1] }));
  if (!e && state.info && !state.info.has_validation && p) say.push(t('chart_no_validation'));
  const text = say.join(' '), line = $('.lc-words');
  if (line.textContent !== text) line.textContent = text;
  if ($('.lc-table').open) table();
}
function table() {
  const head = [t('chart_step'), t('chart_validation_loss'), 'F1', ...state.labels], body = $('.lc-table tbody');
  const top = el('tr'); head.forEach((h, i) => { const th = el('th', i ? 'num' : '', h); th.scope = 'col'; top.append(th); });
  $('.lc-table thead').replaceChildren(top);
  body.replaceChildren(...state.evals.map((e) => {
    const r = el('tr'); [e.step, f3(e.eval_loss), f3(e.f1), ...state.labels.map((l) => f3(e.labels?.[l]))].forEach((x, i) => { const c = el(i ? 'td' : 'th', 'num', x); if (!i) c.scope = 'row'; r.append(c); });
    return r;
  }));
}
function learn(info, evals) {  // new labels or another length mean a new drawing
  const names = new Set([...state.labels, ...(info.labels ?? [])]);
  for (const e of evals) for (const l of Object.keys(e.labels ?? {})) names.add(l);
  let changed = false;
  if (names.size !== state.labels.length) {
    const before = state.labels.length;
    state.labels = [...names]; changed = true;
    state.labels.slice(Math.max(MANY, before)).forEach((l) => state.hidden.add('label:' + l));
  }
  if (info.total && info.total !== state.total) { state.total = info.total; changed = true; }
  return changed;
}
function add(data) {
  const np = data.points.filter((p) => 'loss' in p), ne = data.points.filter((p) => 'eval_loss' in p || 'f1' in p);
  let again = !state.drawn;
  if (data.void != null) { for (const k of ['points', 'evals']) state[k] = state[k].filter((p) => p.step <= data.void); again = true; }
  again = learn(data.run, ne) || again;
  state.info = data.run; state.after = data.last;
  $('.lc-f1-figure').hidden = state.drawn && !state.evals.length && !ne.length && !data.run.has_validation && data.run.state !== 'starting';
  $('.lc-two').classList.toggle('is-one', $('.lc-f1-figure').hidden);
  if (again) { state.points.push(...np); state.evals.push(...ne); draw(); words(); return; }
  if (!np.length && !ne.length) { words(); return; }
  smoothed();
  const sm = np.map((p) => smooth(p.loss)), xs = np.map((p) => p.step); state.points.push(...np); state.evals.push(...ne);
  if (np.length) Plotly.extendTraces($('.lc-loss'), { x: [xs, xs], y: [np.map((p) => p.loss), sm] }, [0, 1]);
  if (ne.length) {
    Plotly.extendTraces($('.lc-loss'), { x: [ne.map((e) => e.step)], y: [ne.map((e) => e.eval_loss ?? null)] }, [2]);
    const ls = of('f1');
    Plotly.extendTraces($('.lc-f1'), { x: ls.map(() => ne.map((e) => e.step)), y: ls.map((l) => ne.map((e) => read(l, e))) }, ls.map((_, i) => i));
  }
  words();
}

let busy = false, asked = 0;
async function poll(now = false) {
  const run = props.value;
  if (busy || !run || !window.Plotly || document.visibilityState !== 'visible' || !element.isConnected || !element.offsetParent) return;
  const live = !state.info || ['starting', 'running'].includes(state.info.state);
  if (!now && run === state.run && Date.now() - asked < (live ? 900 : 4500)) return;
  busy = true; asked = Date.now();
  if (run !== state.run) { reset(); state.run = run; for (const p of PLOTS) $(`.lc-${p}`)._fr_zoom = false; }
  try {
    const answer = await fetch(`api/runs/${encodeURIComponent(run)}/events?after=${state.after}`);
    if (!answer.ok) throw new Error(answer.status);
    const data = await answer.json();
    if (run === props.value) { document.dispatchEvent(new CustomEvent('fr-run', { detail: data })); add(data); }
    $('.lc-off').hidden = true;
  } catch (error) { if (error instanceof TypeError || /^\d+$/.test(error.message)) $('.lc-off').hidden = false; else throw error; }
  finally { busy = false; }
}
$('.lc-smooth').addEventListener('input', (e) => { smoothing = e.target.value / 100; $('.lc-smooth-v').textContent = smoothing.toFixed(2); if (state.drawn) Plotly.restyle($('.lc-loss'), { y: [smoothed()] }, [1]).then(words); });
$('.lc-log').addEventListener('change', (e) => { log = e.target.checked; const g = $('.lc-loss'); g._fr_zoom = false; if (state.drawn) Plotly.relayout(g, { ...Object.fromEntries(Object.entries(scale()).map(([k, v]) => ['yaxis.' + k, v])), 'yaxis.autorange': true }); zoomed(); });
$('.lc-reset').addEventListener('click', () => { for (const p of PLOTS) { const g = $(`.lc-${p}`); Plotly.relayout(g, p === 'f1' ? { 'xaxis.range': span(), 'yaxis.range': [0, 1.02] } : { 'xaxis.range': span(), 'yaxis.autorange': true }); g._fr_zoom = false; } zoomed(); });
$('.lc-table').addEventListener('toggle', table);
new MutationObserver(() => state.drawn && draw()).observe(document.body, { attributes: true, attributeFilter: ['class'] });
let width = 0; new ResizeObserver(() => { const w = element.clientWidth; if (state.drawn && w && Math.abs(w - width) > 2) { width = w; for (const p of PLOTS) Plotly.Plots.resize($(`.lc-${p}`)); } }).observe(element);
watch('value', () => poll(true));
document.addEventListener('fr-changed', () => poll(true));
reset();
(async () => {
  if (!window.Plotly && !document.getElementById('fr-plotly')) { const s = el('script'); s.id = 'fr-plotly'; s.src = 'static/plotly.min.js'; document.head.append(s); }
  while (!window.Plotly) await new Promise((r) => setTimeout(r, 50));
  poll(true);
  const timer = setInterval(() => element.isConnected ? poll() : clearInterval(timer), 500);
})();
