let wanted = null;
const find = (value) => element.querySelector(`[data-pick="${value}"]:not([disabled])`);
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-pick]');
  if (!button || button.disabled) return;
  wanted = button.dataset.then;
  trigger('select', { value: button.dataset.pick });
});
new MutationObserver(() => {
  const held = document.activeElement;
  if (wanted === null || (held !== document.body && !element.contains(held))) return;
  const at = wanted.split(':')[1];
  (find(wanted) || find(`on:${at}`) || find('on:0'))?.focus();
}).observe(element, { childList: true, subtree: true });
element.addEventListener('keydown', () => { wanted = null; });
