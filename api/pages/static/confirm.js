// Asks before something is changed that cannot be undone, and sends no form twice.
// @ts-check

export function askBeforeChanges() {
  document.addEventListener('submit', (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) {
      event.preventDefault();
      return;
    }
    if (form.method === 'post') {
      // Not before the form is sent: a disabled button would not be part of it.
      setTimeout(() => form.querySelectorAll('button').forEach((button) => (button.disabled = true)));
    }
  });
  // Back from the next page, the form may be sent again.
  window.addEventListener('pageshow', () => {
    for (const button of document.querySelectorAll('form[method="post"] button')) {
      /** @type {HTMLButtonElement} */ (button).disabled = false;
    }
  });
  document.addEventListener('change', (event) => {
    const chosen = /** @type {HTMLElement} */ (event.target);
    if (chosen.closest('[data-submit]')) chosen.closest('form')?.requestSubmit();
  });
}
