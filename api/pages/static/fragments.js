// Loads the parts of a page that take long, and loads them again when something has changed.
// @ts-check
import { ask, problemOf } from './asking.js';
import { morph } from './morph.js';

/** What each part was made of. @type {WeakMap<Element, string>} */
const known = new WeakMap();

/** Load every part that was not there in time. None waits for another: one may take much longer than the rest. */
export async function loadFragments() {
  await Promise.all([...parts()].filter((part) => part.querySelector('.waiting')).map(load));
}

/** Load every part again. */
export async function refreshFragments() {
  await Promise.all([...parts()].map(load));
}

/** @returns {NodeListOf<HTMLElement>} */
function parts() {
  return document.querySelectorAll('[data-fragment]');
}

/**
 * A number that is typed asks for a part again: <input name="add" data-reloads="ID of the part">.
 */
export function reloadWhenTyped() {
  let waits = 0;
  document.addEventListener('input', (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const part = document.getElementById(input.dataset.reloads ?? '');
    if (!part) return;
    const url = new URL(part.dataset.fragment ?? '', location.href);
    url.searchParams.set(input.name, input.value);
    part.dataset.fragment = url.pathname + url.search;
    part.setAttribute('aria-busy', 'true'); // what it says is about another number
    clearTimeout(waits);
    waits = setTimeout(() => load(part), 300);
  });
}

/** @param {HTMLElement} part */
async function load(part) {
  part.setAttribute('aria-busy', 'true');
  part.setAttribute('aria-live', 'polite');
  try {
    const response = await ask(part.dataset.fragment ?? '');
    if (response.ok) swap(part, await response.text());
    else complain(part, await problemOf(response));
  } catch {
    complain(part, 'The lab does not answer.');
  } finally {
    part.removeAttribute('aria-busy');
  }
}

/**
 * Put new content in. What is the same stays the same element: it keeps the focus, its scroll position, what was opened
 * and what was typed.
 * @param {HTMLElement} part
 * @param {string} html
 */
function swap(part, html) {
  if (known.get(part) === html) return;
  known.set(part, html);
  const fresh = /** @type {HTMLElement} */ (part.cloneNode(false));
  const template = document.createElement('template');
  template.innerHTML = html;
  fresh.append(template.content);
  morph(part, fresh);
  part.dispatchEvent(new CustomEvent('evenkeel:swapped', { bubbles: true }));
}

/**
 * Say what went wrong, if there is nothing better to show.
 * @param {HTMLElement} part
 * @param {string} problem
 */
function complain(part, problem) {
  const waiting = part.querySelector('.waiting');
  if (waiting) waiting.textContent = problem;
}
