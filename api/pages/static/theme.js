// Runs before anything is drawn, so that no page flashes in the wrong colours. The choice is kept in this browser.
'use strict';
(function () {
  const root = document.documentElement;
  root.dataset.scripts = 'on';
  try {
    const chosen = localStorage.getItem('evenkeel-theme');
    if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;
  } catch {
    // A browser that keeps nothing shows the theme of the system.
  }
})();
