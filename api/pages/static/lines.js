// The lines and areas of one cell in one panel, as the figures draw them: see evenkeel/figures/traces.py.
// @ts-check
import { plain } from './panel.js';

/** @typedef {(number | null)[]} Values */
/** @typedef {{seed: number, experiment: string, outcome: string | null, values: Values}} Trace */
/** @typedef {{seed: number, epoch: number, value: number | null}} Left */
/** @typedef {{name: string, evidence: string, started: number, n: number[], mean: Values, low: Values, high: Values,
 *             left: Left[], traces: Trace[]}} Cell */
/** @typedef {{colour: string, dash: string, few: string, opacity: number, smooth: number, band: string,
 *             edge: number | null}} Style */

const NUMBER = '.4~g';

/**
 * @param {Cell} cell
 * @param {Style} style `edge`: where a diverged run without a value has its cross.
 */
export function linesOf(cell, style) {
  const alone = !cell.mean.length;
  return [
    ...(alone ? [] : bandOf(cell, style)),
    ...cell.traces.map((trace) => traceOf(cell.name, trace, style, alone)),
    ...(alone ? [] : [meanOf(cell, style)]),
    ...crossesOf(cell, style),
  ];
}

/**
 * The area between the edges. Where fewer seeds count than started, it is grey and hatched.
 * @param {Cell} cell
 * @param {Style} style
 */
function bandOf(cell, style) {
  const fewer = cell.n.map((n) => n < cell.started);
  // The line to the first epoch with fewer seeds begins at the last epoch with all of them.
  const leading = fewer.map((few, place) => few || Boolean(fewer[place + 1]));
  const common = { mode: 'lines', line: { width: 0 }, hoverinfo: 'skip', fill: 'toself', type: 'scatter' };
  const whole = { ...common, ...area(cell, fewer.map((few) => !few), style.smooth), fillcolor: style.colour };
  const part = { ...common, ...area(cell, leading, style.smooth), fillcolor: style.few };
  const pattern = { shape: '/', size: 6, solidity: 0.15, fgcolor: style.colour, bgcolor: style.few };
  return [
    { ...whole, opacity: style.opacity },
    { ...part, fillpattern: pattern, opacity: Math.min(0.7, 3 * style.opacity) },
  ].filter((each) => each.x.length);
}

/**
 * The outline of the band over each stretch of epochs: there on its lower edge, and back on its upper one.
 * @param {Cell} cell
 * @param {boolean[]} which
 * @param {number} width
 */
function area(cell, which, width) {
  const [low, high] = [smoothed(cell.low, width), smoothed(cell.high, width)];
  const [x, y] = [/** @type {Values} */ ([]), /** @type {Values} */ ([])];
  for (let start = 0; start < which.length; start += 1) {
    if (!which[start] || low[start] === null || high[start] === null) continue;
    let end = start;
    while (which[end + 1] && low[end + 1] !== null && high[end + 1] !== null) end += 1;
    const there = Array.from({ length: end - start + 1 }, (_, place) => start + place);
    const back = [...there].reverse();
    x.push(...there.map((place) => place + 1), ...back.map((place) => place + 1), null);
    y.push(...there.map((place) => low[place]), ...back.map((place) => high[place]), null);
    start = end;
  }
  return { x, y };
}

/**
 * @param {Cell} cell
 * @param {Style} style
 */
function meanOf(cell, style) {
  const edges = style.band === 'mean' ? '95 % band' : 'min, max';
  const measured = '%{customdata[3]:' + NUMBER + '}';
  return {
    ...{ type: 'scatter', mode: 'lines', x: epochs(cell.mean), y: smoothed(cell.mean, style.smooth) },
    line: { color: style.colour, width: 2, dash: style.dash },
    customdata: cell.mean.map((mean, place) => [cell.n[place], cell.low[place], cell.high[place], mean]),
    hovertemplate:
      `${plain(cell.name)}<br>epoch %{x}<br>mean ${measured}<br>` +
      `${edges} %{customdata[1]:${NUMBER}}, %{customdata[2]:${NUMBER}}<br>` +
      `n = %{customdata[0]} of ${cell.started} seeds<extra></extra>`,
  };
}

/**
 * @param {string} name
 * @param {Trace} trace
 * @param {{colour: string, dash: string, smooth: number}} style
 * @param {boolean} strong
 */
export function traceOf(name, trace, style, strong) {
  const ended = trace.outcome ?? 'still trains';
  return {
    ...{ type: 'scatter', mode: trace.values.length > 1 ? 'lines' : 'markers', x: epochs(trace.values) },
    y: smoothed(trace.values, style.smooth),
    customdata: trace.values,
    line: { color: style.colour, width: strong ? 1.5 : 0.8, dash: strong ? style.dash : 'solid' },
    marker: { color: style.colour, size: 5 },
    opacity: strong ? 0.9 : 0.55,
    hovertemplate:
      `${plain(name)}<br>seed ${trace.seed}, ${ended}<br>epoch %{x}<br>%{customdata:${NUMBER}}<extra></extra>`,
  };
}

/**
 * @param {{name: string, left: Left[]}} cell
 * @param {{colour: string, edge: number | null}} style
 */
export function crossesOf(cell, style) {
  const left = cell.left.filter((each) => each.value !== null || style.edge !== null);
  if (!left.length) return [];
  return [
    {
      ...{ type: 'scatter', mode: 'markers', x: left.map((each) => each.epoch), cliponaxis: false },
      y: left.map((each) => each.value ?? style.edge),
      customdata: left.map((each) => each.seed),
      marker: { symbol: 'x-thin', size: 8, line: { width: 2, color: style.colour } },
      hovertemplate: `${plain(cell.name)}<br>seed %{customdata} diverged<br>epoch %{x}: %{y:${NUMBER}}<extra></extra>`,
    },
  ];
}

/** @param {Values} values */
function epochs(values) {
  return values.map((_, place) => place + 1);
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
