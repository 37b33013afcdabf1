// Draws a plot as SVG: two axes, and areas, lines and crosses between them. One unit is one pixel.
// @ts-check
import { MARGIN, axesOf, make, scaleOf } from './axes.js';

/** @typedef {import('./axes.js').Scale} Scale */
/** @typedef {(number | null)[]} Values One for each epoch. */
/** @typedef {import('./axes.js').Ranges} Ranges */
/** @typedef {{low: Values, high: Values, which: boolean[], colour: string, ground: string | null,
 *             opacity: number}} Area `ground`: what lies under its hatching; null for an even area. */
/** @typedef {{y: Values, colour: string, width: number, dash: string, opacity: number,
 *             says: (place: number) => string[]}} Line */
/** @typedef {{x: number, y: number, colour: string, says: () => string[]}} Cross */
/** @typedef {Ranges & {about: string, log: boolean, title: string, areas: Area[], lines: Line[], crosses: Cross[],
 *             departures: {x: number, colour: string}[]}} Plot `about`: another one has other axes. */

const DASHES = { dash: '8 4', dot: '2.5 2.5', dashdot: '8 3 2.5 3', longdash: '14 4', longdashdot: '14 3 2.5 3' };
let hatchings = 0;

/**
 * @param {HTMLElement} div
 * @param {import('./axes.js').Size} size
 * @param {Plot} plot
 * @param {Ranges} ranges The part of it that is seen.
 */
export function drawPlot(div, size, plot, ranges) {
  const scale = scaleOf(size, plot.log, ranges);
  const inside = make('svg', { x: MARGIN.left, y: MARGIN.top, width: scale.width, height: scale.height });
  inside.setAttribute('viewBox', `${MARGIN.left} ${MARGIN.top} ${scale.width} ${scale.height}`);
  // On paper, which is narrower than the page, the plot is drawn smaller and not cut off.
  const whole = make('svg', { 'aria-hidden': 'true', viewBox: `0 0 ${size.width} ${size.height}` });
  whole.setAttribute('preserveAspectRatio', 'xMinYMin');
  whole.append(...axesOf(plot, ranges, scale), inside);
  for (const area of plot.areas) inside.append(...drawArea(area, scale));
  for (const { x, colour } of plot.departures) {
    const at = { x1: scale.x(x), x2: scale.x(x), y1: MARGIN.top, y2: MARGIN.top + scale.height };
    inside.append(make('line', { ...at, stroke: colour, 'stroke-dasharray': DASHES.dot }));
  }
  for (const line of plot.lines) inside.append(...drawLine(line, scale));
  for (const cross of plot.crosses) {
    const [x, y] = [scale.x(cross.x), scale.y(cross.y)];
    const { left, top } = MARGIN;
    if (!(x >= left - 1 && x <= left + scale.width + 1 && y >= top - 1 && y <= top + scale.height + 1)) continue;
    whole.append(make('path', { class: 'cross', d: `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`, stroke: cross.colour }));
  }
  div.querySelector(':scope > svg')?.remove();
  div.prepend(whole);
}

/**
 * @param {Area} area
 * @param {Scale} scale
 */
function drawArea({ low, high, which, colour, ground, opacity }, scale) {
  const [bottom, top] = [points(low, scale), points(high, scale)];
  const path = stretches(which.map((on, place) => on && Boolean(bottom[place] && top[place])))
    .map(([start, end]) => {
      const back = bottom.slice(start, end).reverse();
      return `M${[...top.slice(start, end), ...back].join('L')}Z`;
    })
    .join('');
  if (!path) return [];
  if (ground === null) return [make('path', { d: path, fill: colour, opacity })];
  const id = `hatching-${(hatchings += 1)}`;
  const pattern = make('pattern', { id, width: 6, height: 6, patternUnits: 'userSpaceOnUse' });
  pattern.append(make('rect', { width: 6, height: 6, fill: ground }), make('path', { d: 'M-1 7L7 -1', stroke: colour }));
  return [pattern, make('path', { d: path, fill: `url(#${id})`, opacity })];
}

/**
 * A line has a gap where a value is missing. A value without neighbours is a dot.
 * @param {Line} line
 * @param {Scale} scale
 */
function drawLine({ y, colour, width, dash, opacity }, scale) {
  const at = points(y, scale);
  const runs = stretches(at.map(Boolean));
  const lines = runs.filter(([start, end]) => end - start > 1).map(([start, end]) => `M${at.slice(start, end).join('L')}`);
  const dots = runs.filter(([start, end]) => end - start === 1).map(([start]) => `M${at[start]}h0`);
  const dashes = { 'stroke-dasharray': DASHES[/** @type {keyof typeof DASHES} */ (dash)] ?? 'none' };
  const common = { class: 'line', stroke: colour, opacity };
  return [
    ...(lines.length ? [make('path', { ...common, d: lines.join(''), 'stroke-width': width, ...dashes })] : []),
    ...(dots.length ? [make('path', { ...common, class: 'line dots', d: dots.join('') })] : []),
  ];
}

/**
 * The points of values that the axis has, as text.
 * @param {Values} values
 * @param {Scale} scale
 */
function points(values, scale) {
  return values.map((value, place) => {
    const y = value === null ? NaN : scale.y(value);
    return Number.isFinite(y) ? `${scale.x(place + 1).toFixed(1)} ${y.toFixed(1)}` : '';
  });
}

/**
 * (first place, place after the last) of each stretch of places that are on.
 * @param {boolean[]} which
 */
function stretches(which) {
  /** @type {[number, number][]} */
  const found = [];
  which.forEach((on, place) => {
    if (!on) return;
    const last = found.at(-1);
    if (last && last[1] === place) last[1] += 1;
    else found.push([place, place + 1]);
  });
  return found;
}
