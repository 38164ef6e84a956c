// Machine, kept scores, log and settings of the watched run. All text is foreign: textContent only.
const { el } = FR;
const $ = (q) => element.querySelector(q);
const rows = (pairs) => pairs.map(([name, value]) => { const d = el('div'); d.append(el('dt', '', name), el('dd', '', value)); return d; });
let run = null, busy = false, asked = 0;

async function papers() {
  const open = [...element.querySelectorAll('details')].some((d) => d.open);
  if (!open || !run || busy) return;
  busy = true; asked = Date.now();
  try {
    const answer = await fetch(`api/runs/${encodeURIComponent(run.id)}/papers`);
    if (answer.ok) {
      const found = await answer.json(), log = $('.rp-log');
      const end = log.scrollTop + log.clientHeight > log.scrollHeight - 20;
      if (log.textContent !== found.log) { log.textContent = found.log; if (end) log.scrollTop = log.scrollHeight; }
      $('.rp-spec').textContent = `${found.folder}\n${JSON.stringify(found.spec, null, 1)}`;
    }
  } catch { /* the chart says that the server does not answer */ }
  busy = false;
}
document.addEventListener('fr-run', (e) => {
  const changed = run?.id !== e.detail.run.id || run?.state !== e.detail.run.state;
  run = e.detail.run;
  $('.rp-machine').replaceChildren(...rows(run.machine));
  $('.rp-scores').hidden = !run.scores.length;
  $('.rp-scores dl').replaceChildren(...rows(run.scores));
  if (changed || ((run.state === 'running' || run.state === 'starting') && Date.now() - asked > 2000)) papers();
});
element.querySelectorAll('details').forEach((d) => d.addEventListener('toggle', papers));
