// The lines and areas of one cell in one panel, as the figures draw them: see evenkeel/figures/traces.py.
// @ts-check
import { written } from './ticks.js';

/** @typedef {import('./plot.js').Values} Values */
/** @typedef {import('./plot.js').Area} Area */
/** @typedef {import('./plot.js').Line} Line */
/** @typedef {import('./plot.js').Cross} Cross */
/** @typedef {{areas: Area[], lines: Line[], crosses: Cross[]}} Drawn */
/** @typedef {{seed: number, experiment: string, outcome: string | null, values: Values}} Trace */
/** @typedef {{seed: number, epoch: number, value: number | null}} Left */
/** @typedef {{name: string, evidence: string, started: number, n: number[], mean: Values, low: Values, high: Values,
 *             left: Left[], traces: Trace[]}} Cell */
/** @typedef {{colour: string, dash: string, few: string, opacity: number, smooth: number, band: string,
 *             edge: number | null}} Style */

/**
 * @param {Cell} cell
 * @param {Style} style `edge`: where a diverged run without a value has its cross.
 * @returns {Drawn}
 */
export function linesOf(cell, style) {
  const alone = !cell.mean.length;
  const traces = cell.traces.map((trace) => traceOf(cell.name, trace, style, alone));
  return {
    areas: alone ? [] : bandOf(cell, style),
    lines: [...traces, ...(alone ? [] : [meanOf(cell, style)])],
    crosses: crossesOf(cell, style),
  };
}

/**
 * The area between the edges. Where fewer seeds count than started, it is grey and hatched.
 * @param {Cell} cell
 * @param {Style} style
 * @returns {Area[]}
 */
function bandOf(cell, style) {
  const fewer = cell.n.map((n) => n < cell.started);
  // The line to the first epoch with fewer seeds begins at the last epoch with all of them.
  const leading = fewer.map((few, place) => few || Boolean(fewer[place + 1]));
  const edges = { low: smoothed(cell.low, style.smooth), high: smoothed(cell.high, style.smooth), colour: style.colour };
  const [whole, part] = [style.opacity, Math.min(0.7, 3 * style.opacity)];
  return [
    { ...edges, which: fewer.map((few) => !few), ground: null, opacity: whole },
    { ...edges, which: leading, ground: style.few, opacity: part },
  ];
}

/**
 * @param {Cell} cell
 * @param {Style} style
 * @returns {Line}
 */
function meanOf(cell, style) {
  const edges = style.band === 'mean' ? '95 % band' : 'min, max';
  return {
    ...{ y: smoothed(cell.mean, style.smooth), colour: style.colour, width: 2, dash: style.dash, opacity: 1 },
    says: (place) => [
      ...[cell.name, `epoch ${place + 1}`, `mean ${written(cell.mean[place])}`],
      `${edges} ${written(cell.low[place])}, ${written(cell.high[place])}`,
      `n = ${cell.n[place]} of ${cell.started} seeds`,
    ],
  };
}

/**
 * @param {string} name
 * @param {Trace} trace
 * @param {{colour: string, dash: string, smooth: number}} style
 * @param {boolean} strong
 * @returns {Line}
 */
export function traceOf(name, trace, style, strong) {
  const ended = trace.outcome ?? 'still trains';
  return {
    ...{ y: smoothed(trace.values, style.smooth), colour: style.colour },
    ...{ width: strong ? 1.5 : 0.8, dash: strong ? style.dash : 'solid', opacity: strong ? 0.9 : 0.55 },
    says: (place) => [name, `seed ${trace.seed}, ${ended}`, `epoch ${place + 1}`, written(trace.values[place])],
  };
}

/**
 * @param {{name: string, left: Left[]}} cell
 * @param {{colour: string, edge: number | null}} style
 * @returns {Cross[]}
 */
export function crossesOf(cell, style) {
  return cell.left.flatMap(({ seed, epoch, value }) => {
    const y = value ?? style.edge;
    if (y === null) return [];
    const last = value === null ? 'no value' : written(value);
    return [{ x: epoch, y, colour: style.colour, says: () => [cell.name, `seed ${seed} diverged`, `epoch ${epoch}: ${last}`] }];
  });
}

/**
 * The mean of the values around each one. The chart says so, and what one hovers over is what was measured.
 * @param {Values} values
 * @param {number} width Number of epochs; 0 leaves the values as they are.
 */
export function smoothed(values, width) {
  if (width < 2) return values;
  const half = Math.floor(width / 2);
  return values.map((value, place) => {
    if (value === null) return null;
    const around = values.slice(Math.max(0, place - half), place + half + 1).filter((each) => each !== null);
    return around.reduce((sum, each) => sum + each, 0) / around.length;
  });
}
