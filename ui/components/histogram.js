// Rows by their number of words. Plotly is fetched from our own route when the first one is drawn.
const box = element.querySelector('.hg-plot');
const css = (name) => getComputedStyle(element).getPropertyValue(name).trim();
async function plotly() {
  if (!window.Plotly && !document.getElementById('fr-plotly')) {
    const script = FR.el('script'); script.id = 'fr-plotly'; script.src = 'static/plotly.min.js';
    document.head.append(script);
  }
  for (let tries = 0; !window.Plotly && tries < 300; tries++) await new Promise((done) => setTimeout(done, 50));
  if (!window.Plotly) throw new Error('no plotly');
  return window.Plotly;
}
async function draw() {
  const value = props.value;
  element.hidden = !value;
  if (!value) return;
  let Plotly;
  try { Plotly = await plotly(); } catch { box.textContent = FR.t('page_lost'); return; }
  if (value !== props.value) return;
  const ink = css('--fr-text-2'), grid = css('--fr-line');
  const axis = { gridcolor: grid, linecolor: grid, zeroline: false, tickfont: { color: ink, size: 12 }, titlefont: { color: ink }, fixedrange: true };
  const title = (text) => ({ text, font: { color: ink, size: 12 }, standoff: 4 });
  box.setAttribute('aria-label', value.title);
  Plotly.react(box, [{
    type: 'bar', x: value.x, y: value.y, width: value.width * .9, customdata: value.ranges,
    marker: { color: css('--fr-text-2') }, hovertemplate: `%{customdata} ${value.words}: <b>%{y:,}</b> ${value.rows}<extra></extra>`,
  }], {
    height: 170, margin: { l: 46, r: 6, t: 6, b: 36 }, bargap: .1, showlegend: false, uirevision: 'lengths', dragmode: false,
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', font: { family: css('--font') || 'sans-serif', color: ink },
    hoverlabel: { bgcolor: css('--fr-panel'), bordercolor: css('--fr-line-2'), font: { color: css('--fr-text'), size: 12.5 } },
    xaxis: { ...axis, title: title(value.words), showgrid: false, tickformat: ',d', range: [-.5, value.x.at(-1) + value.width / 2], ...(value.x.at(-1) < 12 ? { dtick: 1 } : { nticks: 8 }) }, yaxis: { ...axis, title: title(value.rows), nticks: 5, tickformat: ',d', rangemode: 'tozero', ...(Math.max(...value.y) < 5 ? { dtick: 1 } : {}) },
  }, { displayModeBar: false, responsive: true });
}
watch('value', draw);
new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ['class'] });
draw();
