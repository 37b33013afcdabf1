// Every metric and diagnostic of a cell or of one of its runs: a small panel each, with all seeds.
// @ts-check
import { legend } from './legend.js';
import { crossesOf, traceOf } from './lines.js';
import { lookOf, onlyPanels, panelOf, show } from './panel.js';
import { isBetterLog, rangeOf } from './ranges.js';

/**
 * @param {HTMLElement} place
 * @param {any} data A CurvesChart of api/pages/charts/curves.py.
 * @param {HTMLElement} figure
 */
export function draw(place, data, figure) {
  const look = lookOf();
  const colourOf = (/** @type {number} */ seed) =>
    data.seed === null ? look.series[seed % look.series.length] : look.series[seed === data.seed ? 1 : 0];
  place.classList.add('small');
  for (const each of data.metrics) {
    const cell = { name: each.metric.label, low: each.low, high: each.high, mean: each.mean };
    const cells = [{ ...cell, traces: each.traces, left: each.left }];
    const whole = { metric: each.metric, band: 'survivors', cells };
    const log = isBetterLog(whole);
    const { range, low, high } = rangeOf(whole, log);
    const edge = each.metric.better === 'higher' ? low : high;
    const lines = each.traces.map((/** @type {any} */ trace) => {
      const mine = data.seed === null || trace.seed === data.seed;
      return traceOf(each.metric.label, trace, { colour: colourOf(trace.seed), dash: 'solid', smooth: 0 }, mine);
    });
    const crosses = each.left.flatMap((/** @type {any} */ one) =>
      crossesOf({ name: each.metric.label, left: [one] }, { colour: colourOf(one.seed), edge }),
    );
    show(panelOf(place, each.metric.name, each.metric.label), {
      ...{ x: { low: 0.5, high: data.epochs + 0.5 }, y: range, log, title: '', about: `${log}`, areas: [] },
      ...{ lines, crosses },
      departures: each.departed.map((/** @type {any} */ one) => ({ x: one.epoch, colour: colourOf(one.seed) })),
    });
  }
  onlyPanels(place, data.metrics.map((/** @type {any} */ each) => each.metric.name));
  if (data.seed === null) legend(figure, seedsOf(data, look), look, [], []);
  caption(place, data);
}

/**
 * The seeds of each colour. There are more seeds than colours.
 * @param {any} data
 * @param {import('./panel.js').Look} look
 */
function seedsOf(data, look) {
  /** @type {number[]} */
  const every = data.metrics.flatMap((/** @type {any} */ each) => each.traces.map((/** @type {any} */ one) => one.seed));
  const seeds = [...new Set(every)].sort((one, other) => one - other);
  const of = look.series.map((_, place) => seeds.filter((seed) => seed % look.series.length === place));
  const there = [...of.keys()].filter((place) => of[place].length);
  const colours = { [look.theme]: there.map((place) => look.series[place]) };
  return { label: 'seed', short: there.map((place) => of[place].join(', ')), colours };
}

/**
 * @param {HTMLElement} place
 * @param {any} data
 */
function caption(place, data) {
  const text = place.parentElement?.querySelector('figcaption') ?? document.createElement('figcaption');
  if (text.parentElement) return;
  const one = `Orange: seed ${data.seed}. Blue: the other seeds of the cell.`;
  const lines = data.seed === null ? 'A line is a seed.' : one;
  text.textContent = `${lines} Cross: the last value of a run that diverged. Dotted: where it left the others for good.`;
  place.parentElement?.append(text);
}
