// The token strip. `props.value` is what core.tasks.token_preview.strip_of returns. All text goes in by textContent: words are foreign.
const { el, t } = FR;
const LIMIT = 600, TAIL = 90;  // tokens drawn at once; of what is cut, the beginning is enough
const tagged = (tag) => /^[BI]-/.test(tag);
const name = (tag) => tagged(tag) ? tag.slice(2) : tag;
const colour = (labels, tag) => { const i = Math.max(0, labels.indexOf(name(tag))); return { c: `var(--fr-l${i % 12})`, cue: Math.floor(i / 12) % 3 }; };
const rtl = (words) => /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(words.map((w) => w.text).join(' ').match(/\p{L}/u)?.[0] || '');
const blank = (text) => !text.replace(/[\s\u00ad\u200b-\u200f\u2060\ufeff]/g, '');
let tokens = [], at = 0, showAll = false, shownRow = null;

function option(say, piece, id, label, cls) {
  const n = el('div', 'ts-t ' + cls);
  n.setAttribute('role', 'option'); n.setAttribute('aria-selected', 'false'); n.tabIndex = -1;
  const p = el('span', 'ts-p'); p.dir = 'auto';
  const sign = piece.match(/^(##|▁|Ġ)(?=.)/)?.[0];
  if (sign) { p.append(el('i', '', sign), piece.slice(sign.length)); } else p.textContent = piece;
  n.append(p, el('span', 'ts-id', id), el('span', 'ts-l', label));
  n.setAttribute('aria-label', say); n.dataset.n = tokens.length; tokens.push(n);
  return n;
}

function specials(v, list, what) {
  return list.map(([text, id]) => {
    const w = el('div', 'ts-w ts-special'); w.setAttribute('role', 'group'); w.setAttribute('aria-label', what);
    w.append(el('div', 'ts-tag'), el('div', 'ts-word', '\u00a0'));
    const ps = el('div', 'ts-ps'); ps.append(option(t('strip_say_special', { text, id, what }), text, id, -100, 'ts-ign'));
    w.append(ps); return w;
  });
}

function why(p) {
  if (p.cut) return t('strip_why_cut');
  return p.tag === null ? t('strip_why_ignored') : t('strip_why_label', { tag: p.tag, label: p.label });
}

function pieces(v, i) {
  const { text, pieces } = v.words[i], ps = el('div', 'ts-ps');
  for (const p of pieces) {
    const cls = (p.cut ? 'ts-gone ' : '') + (p.tag === null ? 'ts-ign ' : p.tag === 'O' ? 'ts-O ' : 'ts-lab ') + (p.unknown ? 'ts-unk' : '');
    ps.append(option(t('strip_say_piece', { text: p.text, id: p.id, number: i + 1, word: text.slice(0, 40), why: why(p) }), p.text, p.id, p.label, cls));
  }
  if (!pieces.length) ps.append(el('div', 'ts-none', t('strip_no_piece')));
  return ps;
}

function word(v, i) {
  const { text, tag, pieces: parts } = v.words[i], next = v.words[i + 1], prev = v.words[i - 1];
  const w = el('div', 'ts-w'); w.setAttribute('role', 'group'); w.setAttribute('aria-label', t('strip_word', { number: i + 1, word: text, tag }));
  const cutAll = parts.length > 0 && parts.every((p) => p.cut);
  const head = el('div', 'ts-tag');
  if (tag !== 'O') {
    const { c, cue } = colour(v.labels, tag);
    const inside = tag.startsWith('I-');
    w.style.setProperty('--c', c); w.classList.add('ts-ent', inside ? 'ts-I' : 'ts-B', `fr-cue${cue}`);
    const joined = tagged(tag) && next && next.tag === 'I-' + name(tag) && !(next.pieces[0]?.cut && !cutAll);
    if (joined) w.classList.add('ts-on');
    if (tagged(tag)) head.append(el('b', '', tag[0]));
    const broken = inside && !(prev && tagged(prev.tag) && name(prev.tag) === name(tag));
    if (!inside || broken) head.append(el('span', '', name(tag)));
  }
  if (cutAll) w.classList.add('ts-cut');
  const shown = el('div', 'ts-word'); shown.append(el('bdi', '', blank(text) ? '\u2423' : text));
  w.append(head, shown, pieces(v, i)); return w;
}

function key() {
  const key = el('div', 'ts-w ts-key'); key.setAttribute('aria-hidden', 'true');
  const ps = el('div', 'ts-ps'), cell = el('div', 'ts-t');
  cell.append(el('span', 'ts-p', t('strip_key_piece')), el('span', 'ts-id', t('strip_key_id')), el('span', 'ts-l', t('strip_key_label_id'))); ps.append(cell);
  key.append(el('div', 'ts-tag', t('strip_key_label')), el('div', 'ts-word', t('strip_key_word')), ps);
  return key;
}

function cutMark(v) {
  const m = el('div', 'ts-mark'); m.setAttribute('role', 'note');
  let text = t('strip_never_seen', { tokens: v.tokens - v.kept });
  if (v.lost) text += ', ' + t('strip_lost', { entities: v.lost });
  if (v.partly) text += ', ' + t('strip_halved', { entities: v.partly });
  m.append(el('b', '', t('strip_cut_at', { tokens: v.max_length })), el('span', '', text));
  return m;
}

function draw() {
  const v = props.value, flow = element.querySelector('.ts-flow'), frag = document.createDocumentFragment();
  tokens = []; at = 0;
  if (!v || !v.words) { flow.replaceChildren(); return; }
  const row = `${v.split}/${v.row}`; if (row !== shownRow) { showAll = false; shownRow = row; }
  flow.dir = rtl(v.words) ? 'rtl' : 'ltr';
  flow.classList.toggle('ts-noblank', v.blanks === false);
  flow.setAttribute('aria-label', t('strip_row', { row: v.row, tokens: v.tokens, cut: v.tokens - v.kept }));
  frag.append(key(), ...specials(v, v.first, t('strip_start')));
  let cutAt = v.words.findIndex((w) => w.pieces.length && w.pieces.every((p) => p.cut));
  if (cutAt < 0) cutAt = v.words.length;
  const mark = () => { frag.append(...specials(v, v.last, t('strip_end'))); if (v.tokens > v.kept) frag.append(cutMark(v)); };
  let i = 0, box = null, limit = LIMIT;  // box: an entity stays on one line where it fits
  for (; i < v.words.length && (showAll || tokens.length < limit); i++) {
    if (i === cutAt) { mark(); box = null; limit = Math.min(limit, tokens.length + TAIL); }
    const w = word(v, i);
    if (!w.classList.contains('ts-I')) box = null;
    if (!box && w.classList.contains('ts-on')) { box = el('div', 'ts-e'); frag.append(box); }
    (box || frag).append(w);
  }
  if (i === cutAt) mark();
  if (i < v.words.length) {
    const more = el('button', 'fr-link ts-more', t('strip_more', { words: v.words.length - i })); more.type = 'button';
    more.onclick = () => { showAll = true; draw(); };
    frag.append(more);
  }
  flow.replaceChildren(frag);
  if (tokens[0]) tokens[0].tabIndex = 0;
  say(null);
}

function say(n) {
  element.querySelectorAll('[aria-selected=true]').forEach((x) => x.setAttribute('aria-selected', 'false'));
  const line = element.querySelector('.ts-say');
  if (!n) { line.textContent = t(matchMedia('(pointer:coarse)').matches ? 'strip_tap' : 'strip_point'); return; }
  n.setAttribute('aria-selected', 'true');
  line.textContent = t('strip_token', { number: +n.dataset.n + 1, total: tokens.length }) + ' ' + n.getAttribute('aria-label');
}
function move(i) { tokens[at].tabIndex = -1; at = Math.max(0, Math.min(tokens.length - 1, i)); tokens[at].tabIndex = 0; tokens[at].focus(); }
// the piece under or above: the nearest by x on the next or previous line
function vertical(step) {
  const here = tokens[at].getBoundingClientRect(), mid = here.x + here.width / 2; let best = -1, d = 1e9, line = null;
  for (let i = at + step; i >= 0 && i < tokens.length; i += step) {
    const r = tokens[i].getBoundingClientRect();
    if (Math.abs(r.y - here.y) < 8) continue;
    line ??= r.y; if (Math.abs(r.y - line) > 8) break;
    const e = Math.abs(r.x + r.width / 2 - mid); if (e < d) { d = e; best = i; }
  }
  if (best >= 0) move(best);
}
element.addEventListener('keydown', (e) => {
  if (!e.target.classList.contains('ts-t')) return;
  const f = element.querySelector('.ts-flow').dir === 'rtl' ? -1 : 1;
  const go = { ArrowRight: () => move(at + f), ArrowLeft: () => move(at - f), ArrowDown: () => vertical(1), ArrowUp: () => vertical(-1), Home: () => move(0), End: () => move(tokens.length - 1) }[e.key];
  if (go) { e.preventDefault(); go(); }
});
element.addEventListener('focusin', (e) => { const n = e.target.closest('.ts-t'); if (n && n.dataset.n) { tokens[at].tabIndex = -1; at = +n.dataset.n; n.tabIndex = 0; say(n); } });
element.addEventListener('pointerover', (e) => { const n = e.target.closest('.ts-t[data-n]'); if (n) say(n); });
element.addEventListener('click', (e) => { const n = e.target.closest('.ts-t[data-n]'); if (n) n.focus(); });
watch('value', draw);
draw();
