// Draws the charts of a page: <figure data-chart="bands|curves">, and draws them again when something changes.
// @ts-check
import { ask, problemOf } from './asking.js';

/** @typedef {{draw: (place: HTMLElement, data: any, figure: HTMLElement) => void,
 *             controls?: (figure: HTMLElement, redraw: (reload: boolean) => void) => void}} Kind */

/** @type {Record<string, () => Promise<Kind>>} */
const KINDS = {
  bands: () => import('./bands.js'),
  curves: () => import('./curves.js'),
};
/** What each chart shows now. @type {WeakMap<HTMLElement, {place: HTMLElement, kind: Kind, text: string}>} */
const drawn = new WeakMap();
/** Each chart is drawn once at a time. @type {WeakMap<HTMLElement, Promise<void>>} */
const going = new WeakMap();

/**
 * Draw the charts that are new.
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
  const known = drawn.get(figure);
  const kind = known?.kind ?? (await KINDS[figure.dataset.chart ?? '']?.());
  if (!kind) return;
  const place = known?.place ?? prepare(figure, kind);
  try {
    const text = reload || !known ? await read(figure) : known.text;
    if (text === known?.text && !again) return;
    drawn.set(figure, { place, kind, text });
    kind.draw(place, JSON.parse(text), figure);
    say(figure, '');
    await frame();
    if (!figure.dataset.drawn) performance.mark(`evenkeel:drawn:${figure.dataset.chart}`);
    figure.dataset.drawn = 'yes';
  } catch (problem) {
    say(figure, `The chart cannot be drawn. ${problem instanceof Error ? problem.message : problem}`);
  }
}

/** A plot is there once the page has been laid out. A page that nobody sees is not. */
function frame() {
  if (document.hidden) return undefined;
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
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
 * The data of a chart, from where the page says.
 * @param {HTMLElement} figure
 */
async function read(figure) {
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
