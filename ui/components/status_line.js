// The line on top: what is chosen so far. Each part is a button to its step. Values are foreign: textContent only.
const { el, t } = FR;
const list = element.querySelector('ul'), lost = element.querySelector('.fr-lost');
const WORD = { ok: 'mark_ok', warn: 'mark_warn', bad: 'mark_bad', wait: 'mark_wait', run: 'run_running' };
let shown = '';
function draw() {
  lost.hidden = !FR.lost;
  if (!FR.state) return;
  const now = JSON.stringify(FR.state.items);
  if (now === shown) return;
  shown = now;
  const held = list.contains(document.activeElement) ? document.activeElement.dataset.go : null;
  list.replaceChildren(...FR.state.items.map((item) => {
    const li = el('li', `is-${item.state}`), b = el('button'), mark = el('span', 'fr-mark');
    b.type = 'button'; b.dataset.go = item.step; b.title = item.detail;
    mark.setAttribute('role', 'img'); mark.setAttribute('aria-label', t(WORD[item.state]));
    b.append(mark, el('span', 'k', item.key), ' ', el('b', '', item.value), ' ', el('span', 'd', item.detail));
    li.append(b); return li;
  }));
  if (held) list.querySelector(`[data-go=${held}]`)?.focus();
}
element.querySelector('select').value = FR.language;
element.querySelector('select').addEventListener('change', (e) => FR.speak(e.target.value));
document.addEventListener('fr-state', draw);
draw();
