// Tables sort by their headings, figures grow on a click. Without it the page says the same.
(() => {
  "use strict";
  const words = document.body.dataset;
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const parts = new Intl.NumberFormat(document.documentElement.lang).formatToParts(12345.6);
  const mark = parts.find((part) => part.type === "decimal").value;
  const group = mark === "," ? "" : ",";

  // The number that a text begins with: "1 500", "−0,4 п. п.", "66,8 % (65 % – 68 %)", "±2".
  const number = (text) => {
    const joined = text.replace(/(\d)[\s\u00a0\u202f\u2009](?=\d{3}(?!\d))/g, "$1");
    const plain = group ? joined.replaceAll(group, "") : joined;
    const found = /^[\s≈±<>≤≥]*([-−+]?)(\d+(?:[.,]\d+)?)(?:\s?[·×]\s?10([-−]?\d+)|e([-+]?\d+))?/i.exec(plain);
    if (!found) return NaN;
    const power = (found[3] || found[4] || "0").replace("−", "-");
    const size = Number(found[2].replace(mark, ".")) * 10 ** Number(power);
    return found[1] === "-" || found[1] === "−" ? -size : size;
  };
  const text = (row, column) => row.cells[column].textContent.trim();
  const missing = (value) => /^[\s–—-]*$/.test(value);

  const sorted = (rows, column, sign) => {
    const known = rows.filter((row) => !missing(text(row, column)));
    const numeric = known.every((row) => !Number.isNaN(number(text(row, column))));
    const order = (a, b) => numeric
      ? number(text(a, column)) - number(text(b, column))
      : collator.compare(text(a, column), text(b, column));
    known.sort((a, b) => sign * order(a, b));
    return [...known, ...rows.filter((row) => missing(text(row, column)))];
  };

  for (const table of document.querySelectorAll(".table table")) {
    const body = table.tBodies[0];
    const totals = [...body.querySelectorAll("tr.total")];
    const rows = [...body.rows].filter((row) => !totals.includes(row));
    if (rows.length < 3) continue;
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const now = heading.getAttribute("aria-sort");
        for (const other of headings) other.removeAttribute("aria-sort");
        const next = { ascending: "descending", descending: "" }[now] ?? "ascending";
        if (next) heading.setAttribute("aria-sort", next);
        const order = next ? sorted(rows, column, next === "ascending" ? 1 : -1) : rows;
        body.append(...order, ...totals);
      });
    });
  }

  const dialog = document.createElement("dialog");
  dialog.className = "enlarged";
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", words.close);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", () => dialog.close());
  document.body.append(dialog);
  for (const picture of document.querySelectorAll(".picture img")) {
    const enlarge = () => {
      const large = picture.cloneNode();
      for (const name of ["tabindex", "role", "aria-haspopup", "title"]) large.removeAttribute(name);
      dialog.replaceChildren(close, large);
      dialog.setAttribute("aria-label", picture.alt);
      dialog.showModal();
    };
    picture.tabIndex = 0;
    picture.setAttribute("role", "button");
    picture.setAttribute("aria-haspopup", "dialog");
    picture.title = words.enlarge;
    picture.addEventListener("click", enlarge);
    picture.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      enlarge();
    });
  }
})();
