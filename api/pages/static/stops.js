// A chart of many panels is one stop of the Tab key. Page Up and Page Down go from panel to panel.
// @ts-check

const STEPS = { PageUp: -1, PageDown: 1 };
/** The charts whose keys are listened to. @type {WeakSet<HTMLElement>} */
const listened = new WeakSet();

/**
 * Make one of the plots the stop: the one that is the stop already, or else the first.
 * @param {HTMLElement} place
 */
export function oneStop(place) {
  const plots = plotsOf(place);
  stopAt(plots, plots.find((plot) => plot.tabIndex === 0) ?? plots[0]);
  if (listened.has(place)) return;
  listened.add(place);
  place.addEventListener('focusin', ({ target }) => {
    const now = plotsOf(place);
    const plot = now.find((each) => each === target);
    if (plot) stopAt(now, plot);
  });
  place.addEventListener('keydown', (event) => {
    const step = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
    const now = plotsOf(place);
    const next = now[now.findIndex((each) => each === event.target) + step];
    if (!step || !next || !now.some((each) => each === event.target)) return;
    event.preventDefault();
    next.focus();
  });
}

/** @param {HTMLElement} place @returns {HTMLElement[]} */
function plotsOf(place) {
  return [...place.querySelectorAll(':scope > .panel > .plot')].map((plot) => /** @type {HTMLElement} */ (plot));
}

/**
 * @param {HTMLElement[]} plots
 * @param {HTMLElement | undefined} stop
 */
function stopAt(plots, stop) {
  for (const plot of plots) plot.tabIndex = plot === stop ? 0 : -1;
}
