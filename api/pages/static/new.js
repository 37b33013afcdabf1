// The page of a new study: plans again after every change, and offers what would post the same to be copied.
// @ts-check

const PAUSE = 250; // milliseconds without a change before the plan is asked for

const form = /** @type {HTMLFormElement} */ (document.getElementById('study'));
const piece = /** @type {HTMLElement} */ (document.getElementById('plan-piece'));
const status = /** @type {HTMLElement} */ (document.getElementById('plan-status'));

/** @type {number | undefined} */
let waiting;
/** @type {AbortController | undefined} */
let asking;

form.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(plan, PAUSE);
});
tickWhatIsTyped();
offerCopies();
document.getElementById('check')?.setAttribute('hidden', '');
offerPost();
addEventListener('pageshow', offerPost); // the script of all pages makes every button work again then
// A browser that goes back fills the form as it was left.
if (typed('name') && !piece.querySelector('[data-summary]')) plan();

/** @param {string} name */
function typed(name) {
  return new FormData(form).get(name);
}

/** Ask for the plan of what the form says now. Only the last answer counts. */
async function plan() {
  asking?.abort();
  asking = new AbortController();
  piece.setAttribute('aria-busy', 'true');
  try {
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    const headers = { 'X-Fragment': '1' };
    const response = await fetch(form.dataset.plan ?? '', { method: 'POST', body, headers, signal: asking.signal });
    if (response.redirected) return location.reload(); // the session has ended
    show(await response.text());
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'AbortError') return;
    status.textContent = 'The lab does not answer.';
  }
  piece.removeAttribute('aria-busy');
}

/**
 * Put a plan in. What was opened stays open.
 * @param {string} html
 */
function show(html) {
  const open = [...piece.querySelectorAll('details')].map((each) => each.open && summaryOf(each));
  piece.innerHTML = html;
  for (const each of piece.querySelectorAll('details')) each.open = open.includes(summaryOf(each));
  status.textContent = piece.querySelector('[data-summary]')?.getAttribute('data-summary') ?? '';
  showProblems();
  offerCopies();
  offerPost();
}

/** Nothing can be posted while something is wrong. The form says why, and a browser without scripts sends it anyway. */
function offerPost() {
  const why = piece.querySelector('[data-why-not]')?.getAttribute('data-why-not') ?? '';
  const button = document.getElementById('post');
  const place = document.getElementById('why-not');
  if (!button || !place) return;
  /** @type {HTMLButtonElement} */ (button).disabled = why !== '';
  place.textContent = why;
}

/** @param {HTMLDetailsElement} details */
function summaryOf(details) {
  return details.querySelector('summary')?.textContent?.replace(/^\d[\d,]* /, '') ?? '';
}

/** Put each problem beside the field that it is about. */
function showProblems() {
  for (const place of form.querySelectorAll('[data-problem-of]')) {
    const field = place.getAttribute('data-problem-of') ?? '';
    const says = [...piece.querySelectorAll('[data-problem]')]
      .filter((each) => each.getAttribute('data-problem') === field)
      .map((each) => each.textContent?.replace(/\s+/g, ' ').trim().replace(/^[^:]*: /, '') ?? '');
    place.textContent = says.join('; ');
    place.toggleAttribute('hidden', !says.length);
    for (const each of form.querySelectorAll(`[aria-describedby~="${place.id}"]`)) {
      if (says.length) each.setAttribute('aria-invalid', 'true');
      else each.removeAttribute('aria-invalid');
    }
    if (says.length) place.closest('details')?.setAttribute('open', '');
  }
}

/** Whoever types seeds means them. */
function tickWhatIsTyped() {
  for (const way of form.querySelectorAll('.way-of')) {
    const radio = /** @type {HTMLInputElement} */ (way.querySelector('input[type="radio"]'));
    way.addEventListener('input', (event) => {
      if (event.target !== radio) radio.checked = true;
    });
  }
}

function offerCopies() {
  for (const box of piece.querySelectorAll('[data-copy]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', `Copy as ${box.getAttribute('data-copy')}`);
    button.addEventListener('click', () => copy(box, button));
    box.append(button);
  }
}

/**
 * @param {Element} box
 * @param {HTMLButtonElement} button
 */
async function copy(box, button) {
  const code = /** @type {HTMLElement} */ (box.querySelector('code'));
  try {
    await navigator.clipboard.writeText(code.textContent ?? '');
    button.textContent = 'Copied';
  } catch {
    getSelection()?.selectAllChildren(code); // without a secure context, a browser lets no script copy
    button.textContent = 'Selected: press Ctrl+C';
  }
}
