// One panel: a plot of the library with the colours of the page. It is drawn when somebody scrolls to it.
// @ts-check

/** @typedef {{theme: string, ink: string, quiet: string, grid: string, few: string, grey: string, ground: string,
 *             raised: string, line: string, series: string[]}} Look */

const CONFIG = { displayModeBar: false, responsive: true, showTips: false, doubleClick: 'reset+autosize' };
/** How each panel is to be drawn. @type {WeakMap<Element, () => void>} */
const waiting = new WeakMap();
const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      /** @type {HTMLElement} */ (target).dataset.seen = isIntersecting ? 'yes' : '';
      if (isIntersecting) drawNow(target);
    }
  },
  { rootMargin: '200px' },
);

/** The colours of the page as it is now. @returns {Look} */
export function lookOf() {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  return {
    theme: dark ? 'dark' : 'light',
    ...{ ink: colour('ink'), quiet: colour('quiet'), grid: colour('grid'), few: colour('few'), grey: colour('grey') },
    ...{ ground: colour('ground'), raised: colour('raised'), line: colour('line') },
    series: [1, 2, 3, 4, 5, 6, 7].map((place) => colour(`series-${place}`)),
  };
}

/**
 * @param {HTMLElement} div
 * @param {object[]} traces
 * @param {any} layout
 * @param {Look} look
 */
export function plot(div, traces, layout, look) {
  const axis = { gridcolor: look.grid, linecolor: look.line, zeroline: false, tickfont: { color: look.quiet } };
  const text = { size: 12, color: look.ink, family: 'system-ui, sans-serif' };
  const whole = {
    ...{ paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', font: text, showlegend: false },
    ...{ margin: { l: 48, r: 8, t: 6, b: 34 }, hovermode: 'closest', hoverdistance: 30, uirevision: 'kept' },
    hoverlabel: { bgcolor: look.raised, bordercolor: look.line, font: text, align: 'left' },
    dragmode: 'zoom',
    ...layout,
    xaxis: { ...axis, ...layout.xaxis },
    yaxis: { ...axis, ...layout.yaxis },
  };
  // @ts-ignore The library is a script of its own.
  waiting.set(div, () => Plotly.react(div, traces, whole, CONFIG));
  if (div.dataset.seen === undefined) {
    div.dataset.seen = '';
    seen.observe(div);
  } else if (div.dataset.seen) {
    drawNow(div);
  }
}

/** @param {Element} div */
function drawNow(div) {
  const draw = waiting.get(div);
  waiting.delete(div);
  draw?.();
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
    div.setAttribute('role', 'img');
    panel.append(head, div);
  }
  const [head, div] = /** @type {any} */ (panel.children);
  head.textContent = title;
  head.hidden = title === '';
  div.setAttribute('aria-label', title || place.closest('figure')?.getAttribute('aria-label') || 'chart');
  place.append(panel);
  return div;
}

/**
 * Remove the panels that are not among these.
 * @param {HTMLElement} place
 * @param {string[]} keys
 */
export function onlyPanels(place, keys) {
  for (const panel of /** @type {HTMLElement[]} */ ([...place.children])) {
    if (keys.includes(panel.dataset.key ?? '')) continue;
    const div = panel.querySelector('.plot');
    if (div) seen.unobserve(div);
    panel.remove();
  }
}

/** Text as it is: the library takes some of it for markup. @param {string} text */
export function plain(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
