// Tells of the point of a plot that is nearest to the pointer, or that the arrow keys have reached. A rectangle that is
// drawn with a mouse is shown larger.
// @ts-check
import { scaleOf } from './axes.js';
import { candidates, nearest } from './nearest.js';

/** @typedef {import('./panel.js').Shown} Shown */
/** @typedef {import('./axes.js').Ranges} Ranges */
/** @typedef {import('./nearest.js').Point} Point */

const FEWEST = 8; // pixels along which a rectangle has to reach
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @param {HTMLElement} div
 * @param {Shown} shown What it shows, as it is at any time.
 * @param {(view: Ranges | null) => void} choose Show a part of the plot; null: all of it.
 */
export function watch(div, shown, choose) {
  const [told, dot, box] = ['told', 'dot', 'box'].map((name) => {
    const made = document.createElement('div');
    made.className = name;
    made.hidden = true;
    return made;
  });
  told.setAttribute('role', 'status');
  div.append(dot, box, told);
  const sizeNow = () => shown.size ?? { width: 0, height: 0 };
  const scale = () => scaleOf(sizeNow(), shown.plot.log, shown.view ?? shown.plot);
  /** @type {Point | null} */
  let point = null;
  /** @type {{x: number, y: number} | null} */
  let from = null;
  let waits = 0;

  /** @param {Point | null} found */
  function tell(found) {
    point = found;
    told.hidden = dot.hidden = found === null;
    if (!found) return;
    told.textContent = found.says().join('\n');
    dot.style.transform = `translate(${found.left}px, ${found.top}px)`;
    // It stands beside the point, where there is more room.
    const [left, up] = [found.left > sizeNow().width / 2, found.top > sizeNow().height / 2];
    told.style.transform =
      `translate(${found.left + (left ? -10 : 10)}px, ${found.top + (up ? -10 : 10)}px) ` +
      `translate(${left ? '-100%' : '0'}, ${up ? '-100%' : '0'})`;
  }

  div.addEventListener('pointermove', (event) => {
    const at = { x: event.offsetX, y: event.offsetY };
    if (from) {
      draw(box, from, at);
      return;
    }
    cancelAnimationFrame(waits);
    waits = requestAnimationFrame(() => tell(nearest(shown.plot, scale(), at)));
  });
  div.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse' || event.button) return;
    from = { x: event.offsetX, y: event.offsetY };
    div.setPointerCapture(event.pointerId);
    tell(null);
  });
  div.addEventListener('pointerup', (event) => {
    if (from) choose(chosen(shown, scale(), from, { x: event.offsetX, y: event.offsetY }));
    stop();
  });
  div.addEventListener('pointercancel', stop);
  div.addEventListener('pointerleave', () => {
    cancelAnimationFrame(waits);
    tell(null);
  });
  div.addEventListener('blur', () => tell(null));
  div.addEventListener('dblclick', () => choose(null));
  div.addEventListener('keydown', (event) => {
    const step = KEYS[/** @type {keyof typeof KEYS} */ (event.key)];
    if (event.key === 'Escape') tell(null);
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    tell(next(candidates(shown.plot, scale()), point, step));
  });

  function stop() {
    from = null;
    box.hidden = true;
  }
}

/**
 * The point that an arrow key reaches: left and right on the same line, up and down in the same epoch.
 * @param {Point[]} points
 * @param {Point | null} point
 * @param {number[]} step
 */
function next(points, point, [across, up]) {
  if (!point) return points.find((each) => each.line >= 0) ?? points[0] ?? null;
  const ahead = points.filter((each) => (across ? (each.left - point.left) * across : (point.top - each.top) * up) > 0);
  const mine = ahead.filter((each) => (across ? each.line === point.line : each.epoch === point.epoch));
  const there = across && !mine.length ? ahead : mine; // a cross has a line of its own
  const far = (/** @type {Point} */ each) => Math.hypot(each.left - point.left, each.top - point.top);
  return there.reduce((best, each) => (best && far(best) <= far(each) ? best : each), there[0]) ?? point;
}

/**
 * @param {HTMLElement} box
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} to
 */
function draw(box, from, to) {
  box.hidden = false;
  box.style.transform = `translate(${Math.min(from.x, to.x)}px, ${Math.min(from.y, to.y)}px)`;
  box.style.width = `${Math.abs(from.x - to.x)}px`;
  box.style.height = `${Math.abs(from.y - to.y)}px`;
}

/**
 * The part of the plot in the rectangle. An axis along which it hardly reaches stays as it is.
 * @param {Shown} shown
 * @param {import('./axes.js').Scale} scale
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} to
 * @returns {Ranges | null}
 */
function chosen({ plot, view }, scale, from, to) {
  const now = view ?? plot;
  const [one, other] = [scale.back(from.x, from.y), scale.back(to.x, to.y)];
  const part = (/** @type {'x' | 'y'} */ axis) =>
    Math.abs(from[axis] - to[axis]) < FEWEST
      ? now[axis]
      : { low: Math.min(one[axis], other[axis]), high: Math.max(one[axis], other[axis]) };
  return part('x') === now.x && part('y') === now.y ? view : { x: part('x'), y: part('y') };
}
