// What a reader has chosen in the form above the bands. The address of the page says the same, so it can be shared.
// @ts-check
import { isBetterLog } from './ranges.js';

const OF_DATA = new Set(['rows', 'columns', 'colour', 'smooth', 'log']); // the lab need not be asked again for these
/** Whether the reader has chosen the kind of axis. @type {WeakSet<HTMLElement>} */
const choseAxis = new WeakSet();

/**
 * @param {HTMLElement} figure
 * @param {any} data
 * @returns {{rows: string | null, columns: string | null, colour: string | null, smooth: number, log: boolean}}
 */
export function choicesOf(figure, data) {
  const form = formOf(figure);
  const log = /** @type {HTMLInputElement | null} */ (form?.querySelector('[name="log"]') ?? null);
  const asked = new URLSearchParams(location.search).has('log');
  if (log && !choseAxis.has(figure) && !asked) log.checked = isBetterLog(data);
  const given = form ? new FormData(form) : new FormData();
  const named = (/** @type {string} */ name) => (given.has(name) ? String(given.get(name)) : data.axes[name]);
  return {
    ...{ rows: named('rows'), columns: named('columns'), colour: named('colour') },
    smooth: Number(given.get('smooth') ?? 0),
    log: log ? log.checked : isBetterLog(data),
  };
}

/**
 * Draw the chart again whenever a choice changes.
 * @param {HTMLElement} figure
 * @param {(reload: boolean) => void} redraw
 */
export function listen(figure, redraw) {
  const form = formOf(figure);
  if (!form) return;
  ask(figure, form);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('change', (event) => {
    const { name } = /** @type {HTMLInputElement} */ (event.target);
    if (name === 'log') choseAxis.add(figure);
    history.replaceState(null, '', addressOf(form, choseAxis.has(figure)));
    ask(figure, form);
    redraw(!OF_DATA.has(name));
  });
}

/**
 * The address of the page with these choices. What other forms of the page chose stays.
 * @param {HTMLFormElement} form
 * @param {boolean} log Whether the reader has chosen the kind of axis.
 */
function addressOf(form, log) {
  const page = new URL(location.href);
  for (const field of form.elements) page.searchParams.delete(/** @type {HTMLInputElement} */ (field).name);
  for (const [name, value] of new FormData(form)) page.searchParams.append(name, String(value));
  if (log && !page.searchParams.has('log')) page.searchParams.set('log', 'false');
  return page;
}

/**
 * The address of the data that is chosen.
 * @param {HTMLElement} figure
 * @param {HTMLFormElement} form
 */
function ask(figure, form) {
  const chosen = [...new FormData(form)].filter(([name]) => !OF_DATA.has(name));
  const [address] = (figure.dataset.src ?? '').split('?');
  figure.dataset.src = `${address}?${new URLSearchParams(/** @type {any} */ (chosen))}`;
}

/** @param {HTMLElement} figure @returns {HTMLFormElement | null} */
function formOf(figure) {
  return /** @type {HTMLFormElement | null} */ (document.getElementById(figure.dataset.controls ?? ''));
}
