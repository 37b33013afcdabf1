// What every page does once it can be read.
// @ts-check
import { askBeforeChanges } from './confirm.js';
import { loadFragments, refreshFragments, reloadWhenTyped } from './fragments.js';
import { follow } from './live.js';
import { closeMenus } from './menus.js';
import { makeTables } from './tables.js';
import { offerThemes } from './themes.js';

offerThemes();
askBeforeChanges();
closeMenus();
reloadWhenTyped();
makeTables(document);
document.addEventListener('evenkeel:swapped', (event) => makeTables(/** @type {Element} */ (event.target)));

/**
 * A page without a chart loads nothing for charts.
 * @param {boolean} reload Whether to ask the lab again for what they show.
 */
async function drawCharts(reload) {
  if (!document.querySelector('[data-chart]')) return;
  const charts = await import('./charts.js');
  await charts.drawAll(reload);
}

/** What comes late moves what stands below it. A link into the page still leads to its place, unless the reader moves. */
function keepPlaceOfLink() {
  const place = document.getElementById(location.hash.slice(1));
  if (!place) return;
  const grows = new ResizeObserver(() => place.scrollIntoView());
  const stop = () => grows.disconnect();
  grows.observe(document.body);
  for (const kind of ['wheel', 'touchstart', 'keydown', 'pointerdown']) addEventListener(kind, stop, { passive: true });
  setTimeout(stop, 10_000);
}

/** Until the parts below are laid out, nothing in them can be focused: see study.css. */
function allIsInSight() {
  const waits = document.getAnimations().filter((each) => each instanceof CSSAnimation);
  const first = waits.filter((each) => each.animationName === 'first-what-is-in-sight');
  return Promise.allSettled(first.map((each) => each.finished));
}

keepPlaceOfLink();
// Charts come first: they are what people look at.
const drawn = drawCharts(false);
drawn.then(allIsInSight).then(() => {
  document.documentElement.dataset.ready = 'yes';
  performance.mark('evenkeel:ready');
});
drawn.then(loadFragments);
follow(document.body.dataset.live ?? '', async () => {
  await drawCharts(true);
  await refreshFragments();
});
