// The list of runs. A click makes a run the one that is watched and tried.
const { el, t } = FR;
const list = element.querySelector('ul'), none = element.querySelector('.fr-none');
let shown = '';
function line(run) {
  const li = el('li'), b = el('button', `is-${run.state}`), mark = el('span', 'fr-mark');
  b.type = 'button'; b.dataset.run = run.id; b.dataset.step = run.step;
  if (run.chosen) b.setAttribute('aria-current', 'true');
  mark.setAttribute('role', 'img'); mark.setAttribute('aria-label', run.state_word);
  const name = el('b', '', run.name), what = el('span', 'w', run.what);
  name.title = run.name; what.title = run.what;
  b.append(mark, name, el('span', 'num s', run.score || (run.state === 'finished' ? '' : run.state_word)), what, el('span', 't', run.when));
  if (run.share != null) { const bar = el('span', 'fr-bar'), i = el('i'); i.style.width = `${100 * run.share}%`; bar.append(i); b.append(bar); }
  li.append(b); return li;
}
function draw() {
  if (!FR.state) return;
  const now = JSON.stringify(FR.state.runs);
  if (now === shown) return;
  shown = now;
  const held = list.contains(document.activeElement) ? document.activeElement.dataset.run : null;
  none.hidden = FR.state.runs.length > 0;
  list.replaceChildren(...FR.state.runs.map(line));
  if (held) [...list.querySelectorAll('button')].find((b) => b.dataset.run === held)?.focus();
}
element.addEventListener('click', (e) => {
  const b = e.target.closest('[data-run]');
  if (!b) return;
  trigger('select', { value: b.dataset.run });
  FR.go(b.dataset.step);
  if (innerWidth < 768) document.querySelector('#runs .toggle-button')?.click();
});
document.addEventListener('fr-state', draw);
draw();
