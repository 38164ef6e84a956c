// The batch as the collator makes it: a table with one line of cells per row. `props.value` is what token_preview.batch_of returns.
const { el, t } = FR;
const NS = 'http://www.w3.org/2000/svg';
const fill = { s: 'var(--fr-cell-special)', i: 'var(--fr-cell-ignored)', o: 'var(--fr-cell-o)' };
const percent = (share) => `${Math.round(share * 100)} %`;

function line(row, length) {
  const tr = el('tr'), th = el('th', '', row.number), td = el('td', 'bv-cells'), n = row.cells.length; th.scope = 'row';
  const svg = document.createElementNS(NS, 'svg');
  svg.setAttribute('viewBox', `0 0 ${length} 10`); svg.setAttribute('preserveAspectRatio', 'none'); svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', t('batch_row', { tokens: n, padding: length - n }));
  const rect = (x, w, paint, y = 0, h = 10) => {
    const r = document.createElementNS(NS, 'rect');
    for (const [k, value] of Object.entries({ x, y, width: w, height: h })) r.setAttribute(k, value);
    r.style.fill = paint; svg.append(r);
  };
  row.cells.forEach(([kind, label], x) => {
    if (label < 0) rect(x + .06, .88, fill[kind], kind === 'o' ? 2.5 : kind === 'i' ? 4 : 0, kind === 'o' ? 5 : kind === 'i' ? 2 : 10);
    else rect(kind === 'b' ? x + .06 : x - .06, kind === 'b' ? .88 : 1, `var(--fr-l${label % 12})`, kind === 'b' ? 0 : 2.5, kind === 'b' ? 10 : 5);
  });
  td.append(svg); td.style.setProperty('--pad', `${100 * (length - n) / length}%`);
  tr.append(th, td, el('td', 'num', n), el('td', 'num', length - n));
  return tr;
}
function draw() {
  const v = props.value;
  if (!v || !v.rows) return;
  element.querySelector('tbody').replaceChildren(...v.rows.map((row) => line(row, v.length)));
  element.querySelector('.bv-title').textContent = t('batch_title', { rows: v.rows.length, tokens: v.length });
  let lead = t('batch_padding', { share: percent(v.share) });
  if (v.sorted_share != null && v.sorted_share < v.share - .02) lead += ' ' + t('batch_sorted', { share: percent(v.sorted_share) });
  element.querySelector('.bv-lead').textContent = lead;
}
watch('value', draw);
draw();
