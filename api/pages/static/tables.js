// Sorts and filters tables: <table data-sortable data-filterable>. A cell's `data-value` counts before its text.
// @ts-check

const FEWEST_ROWS = 6; // a shorter table needs no filter

/** @param {ParentNode} where */
export function makeTables(where) {
  for (const table of where.querySelectorAll('table[data-sortable]')) {
    makeSortable(/** @type {HTMLTableElement} */ (table));
  }
  for (const table of where.querySelectorAll('table[data-filterable]')) {
    makeFilterable(/** @type {HTMLTableElement} */ (table));
  }
}

/** @param {HTMLTableElement} table */
function makeSortable(table) {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  for (const head of heads) {
    if (head.querySelector('button') || !head.textContent?.trim() || head.dataset.unsorted !== undefined) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sort';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const order = head.getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', order);
      sort(table);
    });
  }
  sort(table); // rows that came anew stand where they belong
}

/** @param {HTMLTableElement} table */
function sort(table) {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  const column = heads.findIndex((head) => head.hasAttribute('aria-sort'));
  const body = table.tBodies[0];
  if (column < 0 || !body) return;
  const down = heads[column].getAttribute('aria-sort') === 'descending';
  const rows = [...body.rows].map((row) => ({ row, value: valueOf(row.cells[column]) }));
  rows.sort((one, other) => compare(one.value, other.value, down));
  body.append(...rows.map(({ row }) => row));
}

/** @param {HTMLTableCellElement | undefined} cell */
function valueOf(cell) {
  const text = (cell?.dataset.value ?? cell?.textContent ?? '').trim();
  const number = Number(text.replace('%', ''));
  return text === '' || text === '–' ? null : Number.isNaN(number) ? text : number;
}

/**
 * What is missing comes last, in both orders.
 * @param {string | number | null} one
 * @param {string | number | null} other
 * @param {boolean} down
 */
function compare(one, other, down) {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  const numbers = typeof one === 'number' && typeof other === 'number';
  const order = numbers ? one - other : String(one).localeCompare(String(other), undefined, { numeric: true });
  return down ? -order : order;
}

/** @param {HTMLTableElement} table */
function makeFilterable(table) {
  const place = table.closest('.scrolls') ?? table;
  const before = /** @type {HTMLElement | null} */ (place.previousElementSibling);
  if (before?.dataset.made === 'filter') {
    before.querySelector('input')?.dispatchEvent(new Event('input'));
    return;
  }
  if ((table.tBodies[0]?.rows.length ?? 0) < FEWEST_ROWS) return;
  const box = document.createElement('p');
  box.dataset.made = box.className = 'filter';
  const label = document.createElement('label');
  const input = document.createElement('input');
  const count = document.createElement('span');
  label.append('Filter rows ', input);
  input.type = 'search';
  count.setAttribute('role', 'status');
  box.append(label, ' ', count);
  place.before(box);
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...(table.tBodies[0]?.rows ?? [])];
    for (const row of rows) row.hidden = !words.every((word) => row.textContent?.toLowerCase().includes(word));
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = words.length ? `${shown} of ${rows.length} rows` : '';
  });
}
