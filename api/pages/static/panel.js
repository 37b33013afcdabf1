// One panel of a chart: its title, and a plot that has the size of its place.
// @ts-check
import { drawPlot } from './plot.js';
import { watch } from './pointing.js';
import { oneStop } from './stops.js';

/** @typedef {{theme: string, ink: string, few: string, series: string[]}} Look */
/** @typedef {import('./plot.js').Plot} Plot */
/** @typedef {import('./axes.js').Size} Size */
/** @typedef {{plot: Plot, view: import('./axes.js').Ranges | null, size: Size | null}} Shown */

/** What each place shows. @type {WeakMap<Element, Shown>} */
const shown = new WeakMap();
// It is told once the page knows the size of a new place, and whenever that changes.
const sizes = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    const known = shown.get(target);
    if (!known || !contentRect.width) continue;
    known.size = contentRect;
    redraw(/** @type {HTMLElement} */ (target), known);
  }
});

/** The colours of the page as it is now. @returns {Look} */
export function lookOf() {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  return {
    ...{ theme: dark ? 'dark' : 'light', ink: colour('ink'), few: colour('few') },
    series: [1, 2, 3, 4, 5, 6, 7].map((place) => colour(`series-${place}`)),
  };
}

/**
 * Show a plot. A part of it that a reader has chosen stays chosen.
 * @param {HTMLElement} div
 * @param {Plot} plot
 */
export function show(div, plot) {
  const known = shown.get(div);
  if (known) {
    if (known.plot.about !== plot.about) known.view = null;
    known.plot = plot;
    redraw(div, known);
    return;
  }
  /** @type {Shown} */
  const fresh = { plot, view: null, size: null };
  shown.set(div, fresh);
  watch(div, fresh, (view) => {
    fresh.view = view;
    redraw(div, fresh);
  });
  sizes.observe(div);
}

/**
 * @param {HTMLElement} div
 * @param {Shown} shown
 */
function redraw(div, { plot, view, size }) {
  if (size) drawPlot(div, size, plot, view ?? plot);
}

/**
 * The panel with this key, which stays the same when a chart is drawn again.
 * @param {HTMLElement} place
 * @param {string} key
 * @param {string} title
 * @returns {HTMLElement}
 */
export function panelOf(place, key, title) {
  const known = /** @type {HTMLElement | null} */ (place.querySelector(`:scope > [data-key="${CSS.escape(key)}"]`));
  const panel = known ?? document.createElement('div');
  if (!known) {
    panel.className = 'panel';
    panel.dataset.key = key;
    const head = document.createElement('p');
    head.className = 'panel-title';
    const div = document.createElement('div');
    div.className = 'plot';
    div.tabIndex = -1;
    div.setAttribute('role', 'group');
    panel.append(head, div);
  }
  const [head, div] = /** @type {any} */ (panel.children);
  head.textContent = title;
  head.hidden = title === '';
  const name = title || place.closest('figure')?.getAttribute('aria-label') || 'chart';
  div.setAttribute('aria-label', `${name}. The arrow keys tell its values. Page Down goes to the next chart.`);
  place.append(panel);
  return div;
}

/**
 * Remove the panels that are not among these. The Tab key stops at one of those that are left.
 * @param {HTMLElement} place
 * @param {string[]} keys
 */
export function onlyPanels(place, keys) {
  for (const panel of /** @type {HTMLElement[]} */ ([...place.children])) {
    if (!keys.includes(panel.dataset.key ?? '')) panel.remove();
  }
  oneStop(place);
}
