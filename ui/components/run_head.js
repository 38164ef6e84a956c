// The head of the watched run. Fed by the chart's poll ('fr-run'); names and messages are foreign: textContent only.
const { el, t } = FR;
const $ = (q) => element.querySelector(q);
const KIND = { starting: 'run', running: 'run', finished: 'ok', stopped: 'warn', failed: 'bad', killed: 'bad' };
let asked = null;  // the run that was asked to stop

function line(run) {
  const parts = [], total = run.total;
  if (total) parts.push(['b', `${Math.floor(100 * run.step / total)} %`]);
  if (total) parts.push(['span', t('watch_step', { step: run.step, total })]);
  if (run.epoch != null) parts.push(['span', t('watch_epoch', { epoch: run.epoch })]);
  if (run.left) parts.push(['b', run.left]);
  if (run.best != null) parts.push(['span', t('watch_best', { f1: run.best })]);
  if (!parts.length) parts.push(['span', t('watch_waking')]);
  return parts.flatMap(([tag, text], i) => i ? [' · ', el(tag, '', text)] : [el(tag, '', text)]);
}
function failure(found) {
  if (!found) return [];
  const box = el('div', 'fr-error'); box.setAttribute('role', 'alert');
  box.append(el('h3', '', found.message)); if (found.hint) box.append(el('p', '', found.hint));
  return [box];
}
let shown = '';
function draw(run) {
  const live = run.state === 'starting' || run.state === 'running';
  if (!live) asked = null;
  const watch = document.getElementById('train-watch');
  if (watch) { watch.dataset.state = asked === run.id ? 'stopping' : run.state; }
  const now = JSON.stringify([run, asked]);
  if (now === shown) return;
  shown = now;
  $('.rh-name').textContent = run.name;
  const state = $('.fr-state'); state.textContent = asked === run.id ? t('watch_stopping') : run.state_word; state.className = `fr-state is-${KIND[run.state]}`;
  const bar = $('.fr-meter'), share = run.total ? run.step / run.total : 0;
  bar.setAttribute('aria-valuemax', run.total ?? 0); bar.setAttribute('aria-valuenow', run.step); bar.setAttribute('aria-label', t('watch_steps'));
  bar.className = `fr-meter is-${KIND[run.state]}${run.state === 'starting' ? ' is-busy' : ''}`;
  $('.fr-meter i').style.width = `${100 * share}%`;
  $('.fr-factline').replaceChildren(...line(run));
  $('.rh-failure').replaceChildren(...failure(run.failure));
}
document.addEventListener('fr-run', (e) => draw(e.detail.run));
document.addEventListener('click', (e) => { if (e.target.closest?.('#train-stop')) { asked = props.value; setTimeout(() => { asked = null; }, 30000); } });
watch('value', () => { shown = ''; });
