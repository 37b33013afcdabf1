// Lets a reader choose light, dark, or as the system has it. `theme.js` applies the choice to the next page.
// @ts-check

const NAMES = { system: 'As the system', light: 'Light', dark: 'Dark' };

export function offerThemes() {
  const place = document.getElementById('theme-choice');
  if (!place) return;
  const label = document.createElement('label');
  const name = document.createElement('span');
  name.textContent = 'Colours ';
  const select = document.createElement('select');
  for (const [value, name] of Object.entries(NAMES)) select.add(new Option(name, value));
  select.value = document.documentElement.dataset.theme ?? 'system';
  select.addEventListener('change', () => choose(select.value));
  label.append(name, select);
  place.append(label);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', tell);
}

/** @param {string} theme */
function choose(theme) {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    localStorage.setItem('evenkeel-theme', theme);
  } catch {
    // The choice then holds for this page alone.
  }
  tell();
}

function tell() {
  document.dispatchEvent(new CustomEvent('evenkeel:theme'));
}
