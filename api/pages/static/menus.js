// Closes a menu with Escape, or when something else is clicked.
// @ts-check

export function closeMenus() {
  document.addEventListener('keydown', (event) => {
    const open = event.key === 'Escape' ? openMenu() : null;
    if (!open) return;
    open.open = false;
    open.querySelector('summary')?.focus();
  });
  document.addEventListener('click', ({ target }) => {
    const open = openMenu();
    if (open && !open.contains(/** @type {Node} */ (target))) open.open = false;
  });
}

/** @returns {HTMLDetailsElement | null} */
function openMenu() {
  return document.querySelector('details.menu[open]');
}
