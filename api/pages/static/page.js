// What every page does once it can be read.
// @ts-check
import { askBeforeChanges } from './confirm.js';
import { loadFragments, refreshFragments } from './fragments.js';
import { follow } from './live.js';
import { makeTables } from './tables.js';
import { offerThemes } from './themes.js';

offerThemes();
askBeforeChanges();
makeTables(document);
document.addEventListener('evenkeel:swapped', (event) => makeTables(/** @type {Element} */ (event.target)));

/** Charts come first: they are what people look at. Pages without one load nothing for them. */
async function drawCharts() {
  if (!document.querySelector('[data-chart]')) return;
  const charts = await import('./charts.js');
  await charts.drawAll();
}

follow(document.body.dataset.live ?? '', async () => {
  await drawCharts();
  await refreshFragments();
});
const drawn = drawCharts();
loadFragments().then(drawCharts);
drawn.then(() => {
  document.documentElement.dataset.ready = 'yes';
  performance.mark('evenkeel:ready');
});
