// Asks the lab for parts of a page: one after another, and again when the lab is busy.
// @ts-check

const MOST_TRIES = 6;
const LONGEST_PAUSE = 60;

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * What an address answers. The lab lets nobody wait for many answers at once, so each question waits for the one
 * before it.
 * @param {string} url
 * @returns {Promise<Response>}
 */
export function ask(url) {
  const mine = last.then(() => patiently(url));
  last = mine.catch(() => {});
  return mine;
}

/** @param {string} url */
async function patiently(url) {
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(url, { headers: { 'X-Fragment': '1' } });
    if (response.redirected) location.reload(); // the session has ended: the page itself leads to the sign-in
    const busy = response.status === 429 || response.status === 503;
    if (!busy || tries === MOST_TRIES) return response;
    const seconds = Number(response.headers.get('Retry-After')) || 2;
    await pause(1000 * Math.min(seconds, LONGEST_PAUSE));
  }
}

/** @param {number} milliseconds */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * The words of an answer that says what is wrong.
 * @param {Response} response
 */
export async function problemOf(response) {
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  return page.body.textContent?.replace(/\s+/g, ' ').trim() || `The lab answered ${response.status}.`;
}
