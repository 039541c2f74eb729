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
