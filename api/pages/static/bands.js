// The bands over the seeds: rows and columns by two factors, colour by a third, and dashes for the others.
// @ts-check
import { choicesOf, listen } from './choices.js';
import { legend } from './legend.js';
import { linesOf } from './lines.js';
import { lookOf, onlyPanels, panelOf, show } from './panel.js';
import { rangeOf } from './ranges.js';

const DASHES = ['solid', 'dash', 'dot', 'dashdot', 'longdash', 'longdashdot'];
const FAINT = { most: 0.2, least: 0.04, together: 0.6 }; // the more bands lie over each other, the fainter each is

export { listen as controls };

/**
 * @param {HTMLElement} place
 * @param {any} data A BandsChart of api/pages/charts/bands.py.
 * @param {HTMLElement} figure
 */
export function draw(place, data, figure) {
  const look = lookOf();
  const chosen = choicesOf(figure, data);
  const names = data.factors.map((/** @type {any} */ one) => one.name);
  const at = (/** @type {string | null} */ name) => names.indexOf(name);
  const [rows, columns, colour] = [at(chosen.rows), at(chosen.columns), at(chosen.colour)];
  const others = [...names.keys()].filter((index) => ![rows, columns, colour].includes(index));
  const told = (/** @type {number[]} */ which, /** @type {any} */ cell) =>
    which.filter((index) => index >= 0).map((index) => data.factors[index].levels[cell.levels[index]]).join(', ');
  const combinations = [...new Set(data.cells.map((/** @type {any} */ cell) => told(others, cell)))];
  const { axes, low, high } = axesOf(data, chosen);

  /** @type {Map<string, any[]>} */
  const panels = new Map();
  for (const cell of inOrder(data.cells, rows, columns)) {
    const key = told([rows, columns], cell);
    panels.set(key, [...(panels.get(key) ?? []), cell]);
  }
  place.style.setProperty('--columns', String(columns < 0 ? 1 : data.factors[columns].levels.length));
  place.classList.toggle('single', panels.size === 1);
  const keys = [];
  for (const [title, cells] of panels) {
    const key = `${[rows, columns]}:${title}`;
    keys.push(key);
    const drawn = cells.map((cell) =>
      linesOf(
        { ...cell, name: told([colour, ...others], cell) || cell.name },
        {
          colour: colour < 0 ? look.series[0] : data.factors[colour].colours[look.theme][cell.levels[colour]],
          dash: DASHES[combinations.indexOf(told(others, cell)) % DASHES.length],
          opacity: Math.max(FAINT.least, Math.min(FAINT.most, FAINT.together / cells.length)),
          ...{ few: look.few, smooth: chosen.smooth, band: data.band },
          edge: data.metric.better === 'higher' ? low : high,
        },
      ),
    );
    show(panelOf(place, key, title), { ...axes, ...together(drawn) });
  }
  onlyPanels(place, keys);
  legend(figure, data.factors[colour], look, combinations.length > 1 ? combinations : [], DASHES);
  caption(figure, data, chosen);
}

/**
 * @param {any[]} cells
 * @param {number} rows
 * @param {number} columns
 */
function inOrder(cells, rows, columns) {
  const place = (/** @type {any} */ cell, /** @type {number} */ index) => (index < 0 ? 0 : cell.levels[index]);
  return [...cells].sort((one, other) => {
    return place(one, rows) - place(other, rows) || place(one, columns) - place(other, columns);
  });
}

/**
 * All panels have the same axes.
 * @param {any} data
 * @param {{log: boolean}} chosen
 */
function axesOf(data, { log }) {
  const margin = data.epochs > 1 ? 0.02 * (data.epochs - 1) : 0.5;
  const { range, low, high } = rangeOf(data, log);
  const x = { low: 1 - margin, high: Math.max(data.epochs, 1) + margin };
  const axes = { x, y: range, log, title: 'epoch', about: `${data.metric.name} ${log}`, departures: [] };
  return { axes, low, high };
}

/**
 * What a panel has of all its cells.
 * @param {import('./lines.js').Drawn[]} drawn
 */
function together(drawn) {
  return {
    areas: drawn.flatMap((each) => each.areas),
    lines: drawn.flatMap((each) => each.lines),
    crosses: drawn.flatMap((each) => each.crosses),
  };
}

/**
 * @param {HTMLElement} figure
 * @param {any} data
 * @param {{smooth: number}} chosen
 */
function caption(figure, data, chosen) {
  let text = figure.querySelector('figcaption');
  if (!text) {
    text = document.createElement('figcaption');
    figure.append(text);
  }
  const smooth = chosen.smooth
    ? `Smoothed: each point is the mean of up to ${chosen.smooth} epochs around it. Hovering tells what was measured.`
    : '';
  text.textContent = [data.says, smooth, `${data.metric.label[0].toUpperCase()}${data.metric.label.slice(1)}. ${data.caption}`].filter(Boolean).join(' ');
}
