// Search, sort and pages of the schedule. Without it the whole table stands in the page.
"use strict";
document.documentElement.classList.add("js");
document.addEventListener("DOMContentLoaded", () => {
  const table = document.getElementById("schedule-table");
  const body = table.tBodies[0];
  const search = document.getElementById("search");
  const size = document.getElementById("page-size");
  const said = document.getElementById("shown");
  const [back, on] = ["back", "on"].map((id) => document.getElementById(id));
  const order = new Intl.Collator("en-GB", { numeric: true }).compare;
  const all = Array.from(body.rows);
  const words = new Map();
  let found = all, from = 0;

  const textOf = (row) => {
    if (!words.has(row)) words.set(row, row.textContent.toLowerCase());
    return words.get(row);
  };
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return (cell.dataset.v ?? cell.textContent).trim();
  };
  const many = () => (size.value === "all" ? Math.max(found.length, 1) : Number(size.value));

  function show() {
    const to = Math.min(from + many(), found.length);
    body.replaceChildren(...found.slice(from, to));
    const of = found.length === all.length ? `${all.length}` : `${found.length} found, of ${all.length}`;
    said.textContent = found.length ? `Children ${from + 1} to ${to} of ${of}` : `No child found, of ${all.length}`;
    back.setAttribute("aria-disabled", String(from === 0));
    on.setAttribute("aria-disabled", String(to >= found.length));
  }
  function find() {
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = all.filter((row) => asked.every((word) => textOf(row).includes(word)));
    from = 0;
    show();
  }
  function sort(head) {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const keyed = all.map((row) => [valueOf(row, head.cellIndex), row]);
    keyed.sort(([a], [b]) => (a === "" || b === "" ? (a === "") - (b === "") : down ? order(b, a) : order(a, b)));
    keyed.forEach(([, row], n) => { all[n] = row; });
    find();
  }

  search.form.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", find);
  size.addEventListener("change", () => { from = 0; show(); });
  back.addEventListener("click", () => { if (from > 0) { from = Math.max(0, from - many()); show(); } });
  on.addEventListener("click", () => { if (from + many() < found.length) { from += many(); show(); } });
  for (const head of table.tHead.rows[0].cells) head.firstElementChild.addEventListener("click", () => sort(head));
  table.classList.add("live");
  show();
});
