// What the whole page shares. The server puts `window.FR = {language, words}` in front of this.
// Runs before Gradio's own scripts, which read the language of the navigator.
(() => {
  const FR = window.FR;
  for (const [name, value] of [['language', FR.language], ['languages', [FR.language]]]) {
    Object.defineProperty(navigator, name, { configurable: true, get: () => value });
  }
  document.documentElement.lang = FR.language;

  // a sentence of the table: {name}, {rows:,}, {loss:.3f}, {rows:row|rows}
  const whole = new Intl.NumberFormat('en-US');
  const figure = (value, how) => {
    if (value == null) return '–';
    if (how == null) return String(value);
    if (how.includes('|')) { const [one, many] = how.split('|'); return `${whole.format(value)} ${value === 1 ? one : many}`; }
    if (how === ',') return whole.format(value);
    return Number(value).toFixed(+(how.match(/\d+/)?.[0] ?? 0));
  };
  FR.t = (key, values = {}) => (FR.words[key] ?? key).replace(/\{(\w+)(?::([^}]*))?\}/g, (_, name, how) => figure(values[name], how));
  FR.el = (tag, cls, text) => { const n = document.createElement(tag); if (cls) n.className = cls; if (text != null) n.textContent = text; return n; };

  // static words of gr.HTML pieces: <span data-t="key">
  const translate = (root) => {
    const put = (n) => { const text = FR.t(n.dataset.t); if (n.textContent !== text) n.textContent = text; };
    if (root.dataset?.t) put(root);
    root.querySelectorAll?.('[data-t]').forEach(put);
  };
  new MutationObserver((list) => { for (const m of list) m.addedNodes.forEach(translate); }).observe(document, { childList: true, subtree: true });

  // steps: a link in the address keeps the step over a reload
  const STEPS = ['checkpoint', 'data', 'preview', 'train', 'share'];
  FR.go = (step) => { document.getElementById(`${step}-button`)?.click(); scrollTo({ top: 0 }); };
  document.addEventListener('click', (e) => {
    const go = e.target.closest?.('[data-go]'); if (go) FR.go(go.dataset.go);
    const tab = e.target.closest?.('#steps > .tab-wrapper [role=tab]');
    const step = tab?.id.replace(/-button$/, '');
    if (STEPS.includes(step)) history.replaceState(null, '', `${location.pathname}${location.search}#${step}`);
    const next = e.target.closest?.('[id$="-next"]');
    if (next) { const at = STEPS.indexOf(next.id.replace(/-next$/, '')); if (at >= 0) FR.go(STEPS[at + 1]); }
  });
  // a step takes clicks once it shows the draft: what is clicked before would be overwritten
  const mark = (step, on) => document.documentElement.classList.toggle(`fr-ready-${step}`, on);
  FR.ready = (step) => { mark(step, true); document.documentElement.classList.add(`fr-seen-${step}`); };
  document.addEventListener('click', (e) => {
    const tab = e.target.closest?.('#steps > .tab-wrapper [role=tab][aria-selected=false]');
    const step = tab?.id.replace(/-button$/, '');
    if (!STEPS.includes(step)) return;
    mark(step, false); setTimeout(FR.ready, 10000, step);  // a server that is away locks nobody out
  }, true);
  FR.showIds = (on) => document.getElementById('preview-strip')?.classList.toggle('ts-noids', !on);
  FR.start = () => {  // the list of runs is closed at first: open, it covers a narrow page
    if (innerWidth > 1100) document.querySelector('#runs:not(.open) .toggle-button')?.click();
    setTimeout(FR.ready, 10000, STEPS[0]);
    FR.restore();
  };
  FR.restore = () => { const step = location.hash.slice(1); if (STEPS.includes(step) && step !== STEPS[0]) FR.go(step); };

  // what stands around the steps: asked every 2 s while visible, and at once after a change
  FR.state = null; FR.lost = false;
  let busy = false, again = false;
  async function ask() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch('api/runs', { headers: { accept: 'application/json' } });
      if (!answer.ok) throw new Error(answer.status);
      FR.state = await answer.json(); FR.lost = false;
    } catch { FR.lost = true; }
    busy = false;
    document.dispatchEvent(new CustomEvent('fr-state', { detail: FR.state }));
    if (again) { again = false; ask(); }
  }
  FR.changed = () => document.dispatchEvent(new Event('fr-changed'));
  document.addEventListener('fr-changed', ask);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && ask());
  setInterval(() => document.visibilityState === 'visible' && ask(), 2000);
  document.addEventListener('DOMContentLoaded', ask);

  FR.speak = (language) => {
    document.cookie = `fr_language=${language}; path=/; max-age=31536000; SameSite=Strict`;
    location.reload();
  };
})();
