// What the colours and dashes of a chart mean.
// @ts-check

/**
 * @param {HTMLElement} figure
 * @param {{label: string, short: string[], colours: Record<string, string[]>} | undefined} factor What colour shows.
 * @param {{theme: string, ink: string}} look
 * @param {string[]} combinations What dashes show.
 * @param {string[]} dashes
 */
export function legend(figure, factor, look, combinations, dashes) {
  let list = /** @type {HTMLElement | null} */ (figure.querySelector('.legend'));
  if (!list) {
    list = document.createElement('ul');
    list.className = 'legend';
    list.dataset.made = 'legend';
    figure.querySelector('.panels')?.before(list);
  }
  const shown = factor?.colours[look.theme] ?? [];
  const colours = shown.map((colour, place) => item(factor?.short[place] ?? '', colour, 'solid'));
  const styles = combinations.map((name, place) => item(name, look.ink, dashes[place % dashes.length]));
  list.replaceChildren(...(factor ? [title(factor.label)] : []), ...colours, ...styles);
}

/** @param {string} text */
function title(text) {
  const head = document.createElement('li');
  head.className = 'title';
  head.textContent = text;
  return head;
}

/**
 * @param {string} name
 * @param {string} colour
 * @param {string} dash
 */
function item(name, colour, dash) {
  const entry = document.createElement('li');
  const line = document.createElement('span');
  const text = document.createElement('bdi');
  line.className = `line ${dash}`;
  line.style.setProperty('--colour', colour);
  text.textContent = name;
  entry.append(line, text);
  return entry;
}
