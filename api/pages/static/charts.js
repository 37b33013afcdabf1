// Draws the charts of a page: <figure data-chart="bands|effects|curves">, and draws them again when something changes.
// @ts-check
import { ask, problemOf } from './asking.js';

/** @typedef {{draw: (place: HTMLElement, data: any, figure: HTMLElement) => Promise<void>,
 *             controls?: (figure: HTMLElement, redraw: (reload: boolean) => void) => void}} Kind */

/** @type {Record<string, () => Promise<Kind>>} */
const KINDS = {
  bands: () => import('./bands.js'),
  curves: () => import('./curves.js'),
  effects: () => import('./effects.js'),
};
/** What each chart shows now. @type {WeakMap<HTMLElement, {place: HTMLElement, kind: Kind, data: any}>} */
const drawn = new WeakMap();
/** @type {Promise<void> | null} */
let library = null;

/** Draw every chart of the page with what the lab says now. */
export async function drawAll() {
  for (const figure of figures()) await show(figure, true);
}

// Another ground has other colours.
document.addEventListener('evenkeel:theme', async () => {
  for (const figure of figures()) await show(figure, false);
});

/** @returns {NodeListOf<HTMLElement>} */
function figures() {
  return document.querySelectorAll('figure[data-chart]');
}

/**
 * @param {HTMLElement} figure
 * @param {boolean} reload Whether to ask the lab again.
 */
async function show(figure, reload) {
  const kind = await KINDS[figure.dataset.chart ?? '']?.();
  if (!kind) return;
  const known = drawn.get(figure);
  const place = known?.place ?? prepare(figure, kind);
  try {
    const [data] = await Promise.all([reload || !known ? read(figure) : known.data, loadLibrary()]);
    drawn.set(figure, { place, kind, data });
    await kind.draw(place, data, figure);
    say(figure, '');
    if (!figure.dataset.drawn) performance.mark(`evenkeel:drawn:${figure.dataset.chart}`);
    figure.dataset.drawn = 'yes';
  } catch (problem) {
    say(figure, `The chart cannot be drawn. ${problem instanceof Error ? problem.message : problem}`);
  }
}

/**
 * @param {HTMLElement} figure
 * @param {Kind} kind
 */
function prepare(figure, kind) {
  const place = document.createElement('div');
  place.className = 'panels';
  place.dataset.made = 'chart';
  const says = document.createElement('p');
  says.className = 'says';
  says.setAttribute('role', 'status');
  figure.prepend(says, place);
  kind.controls?.(figure, (reload) => show(figure, reload));
  return place;
}

/** @param {HTMLElement} figure */
async function read(figure) {
  const inside = figure.querySelector('script[type="application/json"]');
  if (inside) return JSON.parse(inside.textContent ?? 'null');
  const response = await ask(figure.dataset.src ?? '');
  if (!response.ok) throw new Error(await problemOf(response));
  return response.json();
}

/**
 * @param {HTMLElement} figure
 * @param {string} text
 */
function say(figure, text) {
  const says = figure.querySelector('.says');
  if (says && says.textContent !== text) says.textContent = text;
}

/** The library is larger than everything else together, so only a page with a chart loads it, once it can be read. */
function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    // It would add a style element of its maps, which no page may have, unless there is one with this id.
    const maps = document.createElement('meta');
    maps.id = '9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53';
    const script = document.createElement('script');
    script.src = new URL('plotly.min.js', import.meta.url).href;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error('Its library does not load.'));
    document.head.append(maps, script);
  });
  return library;
}
