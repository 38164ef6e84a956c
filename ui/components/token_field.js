// A pasted Hub token: posted to our own route, kept in the server's memory, never in a Gradio event.
const { el, t } = FR;
const form = element.querySelector('form'), input = form.querySelector('input');
const use = form.querySelector('.fr-token-use'), known = form.querySelector('.fr-token-known');
const owner = known.querySelector('span'), note = form.querySelector('.fr-token-note');
const field = form.querySelector('.fr-token-field');
function show(state) {
  known.hidden = !state.set; field.hidden = state.set;
  owner.textContent = state.set ? t('token_known', { owner: state.owner }) : '';
}
function say(cls, ...lines) {
  note.className = `fr-token-note ${cls}`;
  note.replaceChildren(...lines.filter(Boolean).map((line) => el('p', '', line)));
}
async function ask(method, body) {
  const answer = await fetch('api/token', { method, body, headers: { 'content-type': 'application/json' } });
  const state = await answer.json().catch(() => ({}));
  if (!answer.ok) { say('is-bad', state.message || t('page_lost'), state.hint); return false; }
  say(''); show(state);
  return true;
}
async function post(method, body) {
  use.disabled = true;
  try {
    if (await ask(method, body)) { document.dispatchEvent(new Event('fr-token')); trigger('select', { value: method }); }
  } catch { say('is-bad', t('page_lost')); }
  use.disabled = false;
}
form.addEventListener('submit', (e) => {
  e.preventDefault();
  const token = input.value.trim();
  input.value = '';
  if (!token) { input.focus(); return; }
  say('', t('token_checking'));
  post('POST', JSON.stringify({ token }));
});
form.querySelector('.fr-token-forget').addEventListener('click', () => post('DELETE'));
document.addEventListener('fr-token', () => ask('GET').catch(() => {}));
ask('GET').catch(() => {});
