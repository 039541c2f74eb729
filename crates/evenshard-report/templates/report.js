"use strict";
// Comfort only: the page says everything without it.

// Tables sort by their headers: numbers by their keys, largest first; the rest as text.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const headers = [...table.tHead.rows[0].cells];
  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    const numeric = header.classList.contains("number");
    const key = (row) => {
      const cell = row.cells[column];
      if (!numeric) return cell.textContent;
      return cell.dataset.key === undefined ? null : Number(cell.dataset.key);
    };
    button.addEventListener("click", () => {
      const before = header.getAttribute("aria-sort");
      const down = before ? before === "ascending" : numeric;
      for (const other of headers) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sign = down ? -1 : 1;
      const compare = (a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === null || y === null) return (x === null) - (y === null);
        if (numeric) return sign * (x - y);
        return sign * (x < y ? -1 : x > y ? 1 : 0);
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
}

// What is said of parts of charts shows at once, and by a tap as well.
const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
tip.setAttribute("aria-hidden", "true");
document.body.append(tip);
const said = new Map();
for (const title of document.querySelectorAll(".chart rect > title, .chart circle > title")) {
  said.set(title.parentNode, title.textContent);
  title.remove();
}
const show = (event) => {
  const text = said.get(event.target);
  tip.hidden = text === undefined;
  if (tip.hidden) return;
  tip.textContent = text;
  const { clientWidth: width } = document.documentElement;
  const left = Math.min(event.clientX + 12, width - tip.offsetWidth - 8);
  const above = event.clientY - tip.offsetHeight - 12;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${above > 8 ? above : event.clientY + 16}px`;
};
document.addEventListener("pointermove", show);
document.addEventListener("pointerdown", show);
document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

// What each shard ran can be searched: all words of the query have to be in a test's line.
const lists = document.querySelector("#ran-lists");
if (lists) {
  const search = document.createElement("input");
  search.type = "search";
  search.id = "ran-search";
  search.placeholder = "name, failed, skipped …";
  const label = document.createElement("label");
  label.htmlFor = search.id;
  label.textContent = "Search ";
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  const bar = document.createElement("p");
  bar.className = "search";
  bar.append(label, search, " ", count);
  lists.before(bar);
  const tests = [...lists.querySelectorAll("li")].map((item) => [item, item.textContent.toLowerCase()]);
  const find = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const [item, text] of tests) {
      const hit = words.every((word) => text.includes(word));
      item.hidden = !hit;
      found += hit;
    }
    for (const list of lists.querySelectorAll("details")) {
      const some = list.querySelector("li:not([hidden])") !== null;
      list.hidden = !some;
      list.open = some && words.length > 0;
    }
    count.textContent = words.length > 0 ? `${found} of ${tests.length}` : "";
  };
  // A pause in typing: thousands of lines take a moment.
  let timer;
  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(find, 150); });
}
