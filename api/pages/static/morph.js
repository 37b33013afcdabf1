// Changes an element into another one, and touches only what differs.
// @ts-check

/** What a reader has changed, or a script: it is not undone. */
const KEPT = new Set(['open', 'value', 'checked', 'aria-sort', 'aria-busy', 'aria-live', 'hidden', 'data-drawn']);

/**
 * @param {Element} old The element in the page.
 * @param {Element} fresh What it should be.
 */
export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !(KEPT.has(name) && old.hasAttribute(name))) old.setAttribute(name, value);
  }
  // A chart draws itself.
  if (!(old instanceof HTMLElement && old.dataset.chart)) morphChildren(old, fresh);
}

/**
 * @param {Element} old
 * @param {Element} fresh
 */
function morphChildren(old, fresh) {
  const rest = [...old.childNodes].filter((node) => !isMade(node));
  for (const wanted of [...fresh.childNodes]) {
    const place = rest.findIndex((node) => isSame(node, wanted));
    const [found] = place < 0 ? [] : rest.splice(place, 1);
    if (!found) {
      old.append(wanted);
      continue;
    }
    old.append(found); // in the order of the new content
    if (found instanceof Element) morph(found, /** @type {Element} */ (wanted));
    else if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue;
  }
  for (const node of rest) old.removeChild(node);
}

/** Whether a script has made the node. @param {Node} node */
function isMade(node) {
  return node instanceof HTMLElement && node.dataset.made !== undefined;
}

/**
 * @param {Node} one
 * @param {Node} other
 */
function isSame(one, other) {
  return one.nodeName === other.nodeName && keyOf(one) === keyOf(other);
}

/** What tells an element apart from others of its kind. @param {Node} node */
function keyOf(node) {
  if (!(node instanceof HTMLElement)) return '';
  return node.id || node.dataset.key || '';
}
