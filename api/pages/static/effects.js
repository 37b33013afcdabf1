// What each factor did, with 95 % intervals: a panel for each response, and one for each effect that depends on another
// factor. See evenkeel/figures/effects.py.
// @ts-check
import { lookOf, onlyPanels, panelOf, plain, plot } from './panel.js';

/** @typedef {import('./panel.js').Look} Look */
/** @typedef {{row: string, estimate: number, low: number | null, high: number | null, p: string,
 *             shown: boolean}} Interval */
/** @typedef {{title: string, axis: string, nothing: number, intervals: Interval[]}} Panel */

const ROW = 44; // pixels
const FARTHEST = 1000; // the axis of a ratio ends where it is so many times as large, or as small

/**
 * @param {HTMLElement} place
 * @param {{panels: Panel[], rows: string[], together: Panel[]}} data An EffectsChart of api/pages/charts/effects.py.
 */
export async function draw(place, data) {
  const look = lookOf();
  place.hidden = !data.panels.length;
  place.style.setProperty('--columns', String(Math.max(data.panels.length, 1)));
  for (const panel of data.panels) drawPanel(place, panel, data.rows, look, true);
  for (const panel of data.together) drawPanel(place, panel, panel.intervals.map((each) => each.row), look, false);
  onlyPanels(place, [...data.panels, ...data.together].map((panel) => panel.title));
}

/**
 * @param {HTMLElement} place
 * @param {Panel} panel
 * @param {string[]} rows
 * @param {Look} look
 * @param {boolean} tested Whether each row has a p.
 */
function drawPanel(place, panel, rows, look, tested) {
  const ratio = panel.nothing === 1;
  const [low, high] = limits(panel);
  const scale = (/** @type {number} */ value) => (ratio ? Math.log10(value) : value);
  const y = (/** @type {Interval} */ each) => -rows.indexOf(each.row);
  const inside = (/** @type {number | null} */ end, /** @type {number} */ edge) =>
    end === null ? edge : Math.min(Math.max(end, low), high);
  const first = (/** @type {number} */ end) => end === low;
  const last = (/** @type {number} */ end) => end === high;
  const traces = panel.intervals.map((each) => {
    const colour = each.shown ? look.series[0] : look.grey;
    const ends = [inside(each.low, ratio ? low : each.estimate), inside(each.high, ratio ? high : each.estimate)];
    return {
      ...{ type: 'scatter', mode: 'lines+markers', x: [ends[0], each.estimate, ends[1]], y: Array(3).fill(y(each)) },
      line: { color: colour, width: 2 },
      marker: {
        symbol: [first(ends[0]) ? 'triangle-left' : 'line-ns', 'circle', last(ends[1]) ? 'triangle-right' : 'line-ns'],
        size: [8, 10, 8],
        color: [colour, each.shown ? colour : look.ground, colour],
        line: { color: colour, width: 2 },
      },
      cliponaxis: false,
      hovertemplate: `${plain(each.row)}<br>${says(each)}<extra></extra>`,
    };
  });
  const common = { xref: 'paper', yref: 'y', showarrow: false, yshift: 14, font: { size: 12, color: look.quiet } };
  const names = rows.map((row, place) => ({ ...common, x: 0, y: -place, xanchor: 'left', text: plain(row) }));
  const right = { ...common, x: 1, xanchor: 'right' };
  const tests = tested ? panel.intervals.map((each) => ({ ...right, y: y(each), text: plain(each.p) })) : [];
  const middle = { type: 'line', x0: panel.nothing, x1: panel.nothing, yref: 'paper', y0: 0, y1: 1 };
  const layout = {
    height: ROW * rows.length + 60,
    margin: { l: 8, r: 8, t: 10, b: 44 },
    annotations: [...names, ...tests],
    shapes: [{ ...middle, line: { color: look.grey, width: 1, dash: 'dash' }, layer: 'below' }],
    xaxis: {
      ...{ title: { text: plain(panel.axis) }, nticks: 5 },
      ...{ range: [scale(low), scale(high)], type: ratio ? 'log' : 'linear' },
    },
    yaxis: { range: [0.5 - rows.length, 0.7], showticklabels: false, showgrid: false, fixedrange: true },
  };
  const div = panelOf(place, panel.title, panel.title);
  div.style.height = `${layout.height}px`;
  plot(div, traces, layout, look);
}

/** @param {Interval} each */
function says(each) {
  const number = (/** @type {number | null} */ value) =>
    value === null ? 'no end' : String(Number(value.toPrecision(3)));
  return `${number(each.estimate)} (95 %: ${number(each.low)} to ${number(each.high)}), ${plain(each.p)}`;
}

/**
 * The ends of the axis. They include 'no effect', each estimate, and the ends of the intervals.
 * @param {Panel} panel
 */
function limits(panel) {
  const estimates = [panel.nothing, ...panel.intervals.map((each) => each.estimate)];
  const ends = panel.intervals.flatMap((each) => [each.low, each.high]);
  const known = /** @type {number[]} */ (ends.filter((end) => end !== null));
  if (panel.nothing === 0) {
    const [low, high] = [Math.min(...estimates, ...known), Math.max(...estimates, ...known)];
    const margin = 0.08 * (high - low) || 1;
    return [low - margin, high + margin];
  }
  const inside = [...estimates, ...known.map((end) => Math.min(Math.max(end, 1 / FARTHEST), FARTHEST))];
  const more = ends.includes(null) ? 3 : 1.25; // more room shows that an interval goes on
  return [Math.min(...inside, 0.8) / more, Math.max(...inside, 1.25) * more];
}
