// The range of the y axis, and whether it is logarithmic: see `_set_scales` of evenkeel/figures/bands.py.
// @ts-check

const DECADES = 2; // a metric that spans more of them gets a logarithmic axis

/** @param {any} data @returns {number[]} */
function valuesOf(data) {
  const columns = data.cells.flatMap((/** @type {any} */ cell) => [
    ...(data.band === 'mean' ? [cell.mean] : [cell.mean, cell.low, cell.high]),
    ...cell.traces.map((/** @type {any} */ trace) => trace.values),
    cell.left.map((/** @type {any} */ left) => left.value),
  ]);
  return columns.flat().filter((/** @type {any} */ value) => value !== null);
}

/** Whether a logarithmic axis shows the values better. @param {any} data */
export function isBetterLog(data) {
  if (data.metric.share) return false;
  const [low, high] = ends(valuesOf(data));
  return low > 0 && high > 10 ** DECADES * low;
}

/**
 * @param {any} data
 * @param {boolean} log
 * @returns {{range: import('./axes.js').Range, low: number | null, high: number | null}}
 */
export function rangeOf(data, log) {
  const values = valuesOf(data).filter((value) => !log || value > 0);
  if (!values.length) return { range: { low: 0, high: 1 }, low: null, high: null };
  let [low, high] = ends(values);
  if (data.band === 'mean') {
    // With few seeds the band is so wide that it has to go on beyond the panel.
    const room = (high - low) / 4 || 1;
    const edges = data.cells.flatMap((/** @type {any} */ cell) => [...cell.low, ...cell.high]);
    const [lowest, highest] = ends(edges.filter((/** @type {any} */ edge) => edge !== null && (!log || edge > 0)));
    low = Math.max(Math.min(lowest, low), log ? low / 2 : low - room);
    high = Math.min(Math.max(highest, high), log ? 2 * high : high + room);
  }
  if (data.metric.share) return { range: { low: low >= 0.5 ? Math.floor(10 * low) / 10 : 0, high: 1.02 }, low: 0, high: 1 };
  if (log) return { range: { low: Math.log10(low) - 0.05, high: Math.log10(high) + 0.05 }, low, high };
  const margin = 0.04 * (high - low) || 0.5;
  return { range: { low: low - margin, high: high + margin }, low, high };
}

/** @param {number[]} values */
function ends(values) {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}
