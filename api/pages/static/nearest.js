// Finds the points of a plot that can be told of.
// @ts-check
import { MARGIN } from './axes.js';

/** @typedef {{line: number, epoch: number, left: number, top: number, says: () => string[]}} Point
 *  `left` and `top`: pixels in its place. */
/** @typedef {import('./axes.js').Scale} Scale */
/** @typedef {import('./plot.js').Plot} Plot */

const REACH = 30; // pixels from the pointer

/**
 * Every point that is seen, or only those in epochs between two others.
 * @param {Plot} plot
 * @param {Scale} scale
 * @returns {Point[]}
 */
export function candidates({ lines, crosses }, scale, first = 1, last = Infinity) {
  /** @type {Point[]} */
  const found = [];
  const add = (/** @type {number} */ line, /** @type {number} */ epoch, /** @type {number | null} */ value, says) => {
    if (value === null) return;
    const [left, top] = [scale.x(epoch), scale.y(value)];
    const inside =
      left >= MARGIN.left - 1 && left <= MARGIN.left + scale.width + 1 && top >= MARGIN.top - 1 && top <= MARGIN.top + scale.height + 1;
    if (inside) found.push({ line, epoch, left, top, says });
  };
  crosses.forEach(({ x, y, says }, place) => add(-1 - place, x, y, says));
  lines.forEach(({ y, says }, line) => {
    const end = Math.min(last, y.length);
    for (let epoch = Math.max(first, 1); epoch <= end; epoch += 1) add(line, epoch, y[epoch - 1], () => says(epoch - 1));
  });
  return found;
}

/**
 * The point that is nearest to the pointer, if one is near. Between two epochs that lie far apart, it is that of the
 * nearer one.
 * @param {Plot} plot
 * @param {Scale} scale
 * @param {{x: number, y: number}} pointer
 */
export function nearest(plot, scale, pointer) {
  const reach = Math.max(REACH, scale.across / 2);
  const [first, last] = [scale.back(pointer.x - reach, 0).x, scale.back(pointer.x + reach, 0).x];
  /** @type {Point | null} */
  let best = null;
  let least = Infinity;
  for (const each of candidates(plot, scale, Math.ceil(first), Math.floor(last))) {
    const [across, down] = [Math.abs(each.left - pointer.x), Math.abs(each.top - pointer.y)];
    const far = Math.hypot(across, down);
    if (across > reach || down > REACH || far >= least) continue;
    [best, least] = [each, far];
  }
  return best;
}
