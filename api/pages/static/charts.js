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
/** What each chart shows now. @type {WeakMap<HTMLElement, {place: HTMLElement, kind: Kind, text: string}>} */
const drawn = new WeakMap();
/** Each chart is drawn once at a time. @type {WeakMap<HTMLElement, Promise<void>>} */
const going = new WeakMap();
/** @type {Promise<void> | null} */
let library = null;

/**
 * Draw the charts that are new, and those of which the page has new data.
 * @param {boolean} reload Whether to ask the lab again for the data of the others.
 */
export async function drawAll(reload) {
  for (const figure of figures()) await show(figure, reload, false);
}

// Another ground has other colours.
document.addEventListener('evenkeel:theme', async () => {
  for (const figure of figures()) await show(figure, false, true);
});

/** @returns {NodeListOf<HTMLElement>} */
function figures() {
  return document.querySelectorAll('figure[data-chart]');
}

/**
 * @param {HTMLElement} figure
 * @param {boolean} reload Whether to ask the lab again.
 * @param {boolean} again Whether to draw the same data again.
 */
function show(figure, reload, again) {
  const mine = (going.get(figure) ?? Promise.resolve()).then(() => showNow(figure, reload, again));
  going.set(figure, mine);
  return mine;
}

/** @type {typeof show} */
async function showNow(figure, reload, again) {
  loadLibrary().catch(() => {}); // it takes longest, so it comes first
  const known = drawn.get(figure);
  const kind = known?.kind ?? (await KINDS[figure.dataset.chart ?? '']?.());
  if (!kind) return;
  const place = known?.place ?? prepare(figure, kind);
  try {
    const [text] = await Promise.all([read(figure, reload ? undefined : known?.text), loadLibrary()]);
    if (text === known?.text && !again) return;
    drawn.set(figure, { place, kind, text });
    await kind.draw(place, JSON.parse(text), figure);
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
  kind.controls?.(figure, (reload) => show(figure, reload, true));
  return place;
}

/**
 * The data of a chart. The page has it, or says where to ask for it.
 * @param {HTMLElement} figure
 * @param {string | undefined} known What the lab said before, if that is good enough.
 */
async function read(figure, known) {
  const inside = figure.querySelector('script[type="application/json"]');
  if (inside) return inside.textContent ?? 'null';
  if (known !== undefined) return known;
  const response = await ask(figure.dataset.src ?? '');
  if (!response.ok) throw new Error(await problemOf(response));
  return response.text();
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
