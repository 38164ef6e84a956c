// Between Start and the first event: download with progress and cancel, then preparing. Read from the page's state.
const { el, t } = FR;
const box = element.querySelector('.sp');
const MB = (n) => `${(n / 1e6).toFixed(0)} MB`;
let told = null, shown = '', waiting = null;
function meter(done, total) {
  const m = el('div', 'fr-meter is-ok'), i = el('i');
  m.setAttribute('role', 'progressbar'); m.setAttribute('aria-label', t('start_download', { size: MB(total) }));
  m.setAttribute('aria-valuemax', total); m.setAttribute('aria-valuenow', done);
  i.style.width = `${total ? 100 * done / total : 0}%`; m.append(i);
  return m;
}
function draw() {
  const start = FR.state?.start ?? null, busy = start && ['download', 'prepare'].includes(start.phase);
  document.getElementById('train')?.classList.toggle('is-starting', !!busy);
  clearTimeout(waiting);
  if (busy) waiting = setTimeout(FR.changed, 500);
  const now = JSON.stringify(start);
  if (now === shown) return;
  shown = now;
  box.replaceChildren();
  if (!start || start.phase === 'cancelled') return;
  if (busy) {
    const line = el('p', 'fr-factline', start.phase === 'prepare' ? t('start_prepare') : t('start_download', { size: start.total ? MB(start.total) : '' }));
    if (start.phase === 'download') {
      const b = el('button', 'fr-small', t('start_cancel')); b.type = 'button'; b.onclick = () => trigger('select', { value: 'cancel' });
      line.append(' ', b); box.append(line, meter(start.done, start.total));
    } else box.append(line);
  } else if (start.phase === 'failed') {
    const e = el('div', 'fr-error'); e.setAttribute('role', 'alert');
    e.append(el('h3', '', start.message || t('page_ours'))); if (start.hint) e.append(el('p', '', start.hint));
    box.append(e);
  } else if (start.phase === 'done' && told !== start.run) {
    told = start.run; trigger('select', { value: start.run });
  }
}
document.addEventListener('fr-state', draw);
draw();
