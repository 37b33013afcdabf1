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
 * Round numbers between two others: about so many.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @param {number} least The smallest step, such as 1 for epochs.
 * @returns {Tick[]}
 */
export function ticks(low, high, most, least = 0) {
  const rough = Math.max((high - low) / most, least);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([...MANTISSAS, 10].find((each) => each * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
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
