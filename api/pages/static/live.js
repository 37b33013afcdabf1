// Hears from the lab when what the page shows has changed, and says when the lab is away.
// @ts-check
import { pause } from './asking.js';

const LONGEST_PAUSE = 60; // seconds
const SHORTEST_GAP = 2000; // milliseconds between two refreshes

/**
 * @param {string} about What the page shows, such as 'experiment:demo'. Nothing is followed without it.
 * @param {() => Promise<void>} refresh Shows the page's parts as they are now.
 */
export function follow(about, refresh) {
  if (!about) return;
  const says = place();
  /** @type {EventSource | null} */
  let source = null;
  let stamp = document.body.dataset.stamp ?? ''; // how the lab was when it last told something
  let failures = 0; // since it last answered
  let timer = 0;
  let going = false;
  let again = false;

  /** One refresh at a time. A slow one is followed by a longer pause. */
  async function update() {
    again = true;
    if (going) return;
    going = true;
    while (again) {
      again = false;
      const began = performance.now();
      await refresh().catch(() => {});
      await pause(Math.max(SHORTEST_GAP, 5 * (performance.now() - began)));
    }
    going = false;
  }

  function open() {
    close();
    const known = stamp ? `&stamp=${encodeURIComponent(stamp)}` : '';
    source = new EventSource(`/ui/live?about=${encodeURIComponent(about)}${known}`);
    source.onopen = () => {
      failures = 0;
      says.textContent = '';
    };
    source.onerror = () => {
      failures += 1;
      // Every stream ends after some minutes. The browser asks again by itself.
      if (failures === 1 && source?.readyState === EventSource.CONNECTING) return;
      close();
      const wait = Math.min(2 ** failures, LONGEST_PAUSE);
      says.textContent = `The lab does not answer, so this page may be out of date. Trying again in ${wait} s.`;
      timer = window.setTimeout(open, 1000 * wait);
    };
    source.addEventListener('now', remember);
    source.addEventListener('changed', (event) => {
      remember(event);
      update();
    });
  }

  /** The lab tells what has changed since. @param {MessageEvent} event */
  function remember(event) {
    stamp = event.lastEventId;
  }

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  // A page that nobody sees needs no news, and a browser has few connections to one lab.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) close();
    else open();
  });
  window.addEventListener('pagehide', close);
  if (!document.hidden) open();
}

/** Where the state of the lab is said. */
function place() {
  const says = document.createElement('p');
  says.className = 'away';
  says.setAttribute('role', 'status');
  document.querySelector('main')?.before(says);
  return says;
}
