"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const number = new Intl.NumberFormat(data.language, {minimumFractionDigits: 1, maximumFractionDigits: 1});
  const whole = new Intl.NumberFormat(data.language, {maximumFractionDigits: 0});
  const list = new Intl.ListFormat(data.language, {type: "conjunction"});
  const say = (key, values) => data.words[key].replace(/\{(\w+)\}/g, (_, gap) => values[gap]);
  const body = document.querySelector("tbody");
  const rows = [...body.rows].map((row) => ({
    row, text: row.textContent.toLowerCase().replaceAll("ё", "е"), ...row.dataset,
  }));
  const byClasses = new Map(rows.map((one) => [one.key, one]));
  const buttons = [...document.querySelectorAll("[data-class]")];
  const chosen = new Set();

  // The accuracy of two classes: pairs stand in the order (0, 1), (0, 2), ..., (98, 99).
  const pair = (a, b) => data.pairs[a * 99 - a * (a - 1) / 2 + b - a - 1];

  // As fclab.course.atlas.predictor: errors of the pairs, their products, and the classes.
  const predict = ([a, b, c]) => {
    const errors = [pair(a, b), pair(a, c), pair(b, c)].map((one) => 100 - one).sort((x, y) => x - y);
    const found = [...errors];
    for (let i = 0; i < 3; i++) for (let j = i; j < 3; j++) found.push(errors[i] * errors[j]);
    let sum = data.intercept;
    found.forEach((one, place) => { sum += one * data.coefficients[place]; });
    for (const one of [a, b, c]) sum += data.coefficients[found.length + one];
    return Math.min(100, Math.max(0, sum));
  };

  const named = (one) => `${one} ${data.names[one]}`;
  const line = (text, strong) => {
    const made = document.createElement("p");
    made.append(strong ? Object.assign(document.createElement("strong"), {textContent: text}) : text);
    return made;
  };

  const box = document.getElementById("chosen");
  const nothing = box.innerHTML;
  const clear = document.getElementById("clear");
  const show = () => {
    const numbers = [...chosen].sort((a, b) => a - b);
    for (const one of buttons) one.setAttribute("aria-pressed", chosen.has(Number(one.dataset.class)));
    clear.hidden = numbers.length === 0;
    box.replaceChildren();
    if (numbers.length === 0) {
      box.innerHTML = nothing;
    } else if (numbers.length === 3) {
      const known = byClasses.get(numbers.join(" "));
      const trained = known && known.predicted === "0";
      const mean = trained ? Number(known.test) : predict(numbers);
      const margin = trained ? Number(known.margin) : data.margin;
      const names = list.format(numbers.map(named));
      box.append(line(say(trained ? "known" : "expected", {
        names, mean: number.format(mean), margin: number.format(margin)}), true));
    } else {
      box.append(line(say("choose_more", {names: list.format(numbers.map(named))})));
    }
    const last = [...chosen].at(-1);
    if (numbers.length > 0) {
      const others = data.names.map((_, one) => one).filter((one) => one !== last)
        .map((one) => [one, pair(Math.min(one, last), Math.max(one, last))])
        .sort((x, y) => x[1] - y[1]).slice(0, 5)
        .map(([one, accuracy]) => say("other", {name: named(one), accuracy: whole.format(accuracy)}));
      box.append(line(say("confused", {name: named(last), others: others.join(", ")})));
    }
    filter();
  };
  for (const one of buttons) {
    one.addEventListener("click", () => {
      const which = Number(one.dataset.class);
      if (!chosen.delete(which)) {
        if (chosen.size === 3) chosen.delete([...chosen][0]);
        chosen.add(which);
      }
      show();
    });
  }
  clear.addEventListener("click", () => { chosen.clear(); show(); buttons[0].focus(); });

  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const filter = () => {
    const wanted = search.value.toLowerCase().replaceAll("ё", "е").split(/[\s,;]+/).filter(Boolean);
    let n = 0;
    for (const one of rows) {
      const has = wanted.every((word) => (/^\d+$/.test(word)
        ? one.key.split(" ").includes(word) : one.text.includes(word)));
      const among = [...chosen].every((which) => one.key.split(" ").includes(String(which)));
      one.row.hidden = !(has && among);
      n += has && among;
    }
    count.textContent = say("found", {n: whole.format(n), all: whole.format(rows.length)});
  };
  search.addEventListener("input", filter);

  const sort = document.getElementById("sort");
  sort.addEventListener("change", () => {
    const back = sort.value.startsWith("-") ? -1 : 1;
    const key = sort.value.replace("-", "");
    const of = (one) => (key === "place" ? 1000 * one.group + Number(one.variant) : Number(one[key]));
    rows.sort((x, y) => back * (of(x) - of(y)));
    body.append(...rows.map((one) => one.row));
  });
  filter();
})();
