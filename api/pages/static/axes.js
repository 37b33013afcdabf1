// The axes of a plot, and where its values are: one unit of its SVG is one pixel of its place.
// @ts-check
import { logTicks, ticks } from './ticks.js';

/** @typedef {{low: number, high: number}} Range On a logarithmic axis the ends are exponents of 10. */
/** @typedef {{x: Range, y: Range}} Ranges */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {ReturnType<typeof scaleOf>} Scale */

export const MARGIN = { left: 48, right: 8, top: 6, bottom: 34 };
const TICK = { x: 60, y: 26 }; // pixels that a tick needs

/**
 * Where a point of the plot is in its place, and back.
 * @param {Size} size Of its place.
 * @param {boolean} log
 * @param {Ranges} ranges
 */
export function scaleOf(size, log, { x, y }) {
  const [width, height] = [size.width - MARGIN.left - MARGIN.right, size.height - MARGIN.top - MARGIN.bottom];
  const [across, down] = [width / (x.high - x.low), height / (y.high - y.low)];
  return {
    ...{ width, height, across },
    x: (/** @type {number} */ value) => MARGIN.left + (value - x.low) * across,
    /** NaN for a value that the axis does not have. @param {number} value */
    y: (value) => MARGIN.top + (y.high - (log ? Math.log10(value) : value)) * down,
    back: (/** @type {number} */ left, /** @type {number} */ top) => ({
      x: x.low + (left - MARGIN.left) / across,
      y: y.high - (top - MARGIN.top) / down,
    }),
  };
}

/**
 * @param {{log: boolean, title: string}} plot
 * @param {Ranges} ranges
 * @param {Scale} scale
 */
export function axesOf(plot, { x, y }, scale) {
  const [left, top, right, bottom] = [MARGIN.left, MARGIN.top, MARGIN.left + scale.width, MARGIN.top + scale.height];
  const most = Math.max(2, Math.floor(scale.height / TICK.y));
  const found = [];
  for (const { at, text } of plot.log ? logTicks(y.low, y.high, most) : ticks(y.low, y.high, most)) {
    const height = scale.y(plot.log ? 10 ** at : at);
    found.push(make('line', { class: 'grid', x1: left, x2: right, y1: height, y2: height }));
    found.push(make('text', { class: 'up', x: left - 6, y: height + 4 }, text));
  }
  for (const { at, text } of ticks(x.low, x.high, Math.max(2, Math.floor(scale.width / TICK.x)), 1)) {
    found.push(make('line', { class: 'grid', x1: scale.x(at), x2: scale.x(at), y1: top, y2: bottom }));
    found.push(make('text', { class: 'along', x: scale.x(at), y: bottom + 15 }, text));
  }
  if (plot.title) found.push(make('text', { class: 'along title', x: (left + right) / 2, y: bottom + 30 }, plot.title));
  return found;
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
export function make(name, attributes, text = '') {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text) element.textContent = text;
  return element;
}
