// Where the ticks of an axis are, and how its numbers are written.
// @ts-check

/** @typedef {{at: number, text: string}} Tick `at`: in the units of the axis, so the exponent if it is logarithmic. */

const MANTISSAS = [1, 2, 5];

/**
 * A number as a person reads it.
 * @param {number | null | undefined} value
 */
export function written(value, digits = 4) {
  if (value === null || value === undefined) return '–';
  return String(Number(value.toPrecision(digits))).replaceAll('-', '−');
}

/**
 * Round numbers between two others: about so many, and two at least if `least` allows it.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @param {number} least The smallest step, such as 1 for epochs.
 * @returns {Tick[]}
 */
export function ticks(low, high, most, least = 0) {
  const rough = Math.max((high - low) / most, least);
  const power = 10 ** Math.floor(Math.log10(rough));
  const steps = [0.5, ...MANTISSAS, 10].map((each) => each * power);
  const place = steps.findIndex((step) => step >= rough * 0.999);
  const found = multiples(steps[place], low, high);
  const finer = steps[place - 1] ?? 0;
  return found.length < 2 && finer >= least && finer > 0 ? multiples(finer, low, high) : found;
}

/**
 * @param {number} step
 * @param {number} low
 * @param {number} high
 * @returns {Tick[]}
 */
function multiples(step, low, high) {
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.max(0, Math.floor(high / step + 1e-9) - first + 1);
  return Array.from({ length: count }, (_, place) => (first + place) * step).map((at) => ({ at, text: written(at, 6) }));
}

/**
 * Powers of ten; between few of them also their doubles and halves.
 * @param {number} low An exponent of 10, and so is `high`.
 * @param {number} high
 * @param {number} most
 * @returns {Tick[]}
 */
export function logTicks(low, high, most) {
  const [first, last] = [Math.floor(low), Math.ceil(high)];
  const every = Math.ceil((last - first) / most);
  const fine = last - first <= most / 2;
  const inside = [];
  for (let power = first; power <= last; power += every) {
    for (const factor of fine ? MANTISSAS : [1]) inside.push(factor * 10 ** power);
  }
  const found = inside.map((value) => ({ at: Math.log10(value), text: written(value) }));
  const shown = found.filter(({ at }) => low <= at && at <= high);
  if (shown.length > 1) return shown;
  return ticks(10 ** low, 10 ** high, most).map(({ at, text }) => ({ at: Math.log10(at), text }));
}
