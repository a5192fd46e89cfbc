if (data.identification) {
  const { continua, networks, observers, answers: single, human_continuum: asked, pictures } = data.identification;
  const set = data.sheet.sets.find((one) => one.name === data.identification.set);
  const draw = chart(byId("identification-chart"), data.identification.chart);
  const slider = byId("identification-level");
  const menu = byId("identification-continuum");
  const person = byId("identification-person");
  const { color, strokeDash } = data.identification.chart.layer[0].encoding;
  const OBSERVERS = "observers";
  const SVG = "http://www.w3.org/2000/svg";

  /** The line of a network in the chart, as a sample beside its name. */
  function named(name) {
    const at = color.scale.domain.indexOf(name);
    const sample = document.createElementNS(SVG, "svg");
    const line = document.createElementNS(SVG, "line");
    const attributes = { x1: 0, y1: 5, x2: 30, y2: 5, stroke: color.scale.range[at], "stroke-width": 2, "stroke-dasharray": strokeDash.scale.range[at].join(" ") };
    for (const [key, value] of Object.entries(attributes)) line.setAttribute(key, value);
    sample.setAttribute("viewBox", "0 0 30 10");
    sample.setAttribute("class", "sample");
    sample.setAttribute("aria-hidden", "true");
    sample.append(line);
    return make("span", { class: "network" }, sample, name);
  }

  function barOf(name, share) {
    const bar = make("span", { class: "bar" });
    bar.style.width = `${100 * share}%`;
    bar.style.backgroundColor = color.scale.range[color.scale.domain.indexOf(name)];
    return make("span", { class: "track", "aria-hidden": "true" }, bar);
  }

  const ends = () => menu.value.split("-");

  /** Tile of the chosen identity at the level, or at the nearest one there is. */
  function tileAt(layout, level) {
    const all = [...new Set(layout.identity)];
    const who = all[Number(person?.value ?? 0)] ?? all[0];
    let best = 0;
    let distance = Infinity;
    layout.level.forEach((value, tile) => {
      const away = Math.abs(value - level);
      if (layout.identity[tile] === who && away < distance) [best, distance] = [tile, away];
    });
    return [best, who];
  }

  function showFace(level) {
    const picture = pictures[menu.value];
    const layout = set.pictures[picture];
    const [tile, who] = tileAt(layout, level);
    const [first, second] = ends();
    const label = `${personAt(layout, tile)}: ${percent(1 - level)} ${first}, ${percent(level)} ${second}`;
    byId("identification-face").replaceChildren(face(picture, layout, tile, label));
    byId("identification-caption").textContent = `${percent(1 - level)} ${first}, ${percent(level)} ${second}`;
    slider.setAttribute("aria-valuetext", `${percent(level)} ${second}`);
    return who;
  }

  /** What a network answers to the very face that is shown. */
  function answerTo(name, who, at) {
    const answer = single[name]?.[menu.value]?.[who]?.[at] ?? -1;
    return answer < 0 ? "no answer" : ends()[answer];
  }

  function showAnswers(one, at, who) {
    const [, second] = ends();
    const rows = Object.keys(networks).map((name) => {
      const share = one.share[name]?.[at] ?? null;
      const all = share === null ? ["too few units", ""] : [`${percent(share)} of ${one.n[name]}`, barOf(name, share)];
      return [named(name), answerTo(name, who, at), ...all];
    });
    if (menu.value === asked && observers.length) {
      const answer = observers.find(([level]) => Math.abs(level - one.levels[at]) < 1e-6);
      rows.push([named(OBSERVERS), "other faces", ...(answer ? [percent(answer[1]), barOf(OBSERVERS, answer[1])] : ["not asked", ""])]);
    }
    layTable(byId("identification-answers"), "Answers at this level", ["network", "this face", `all faces: ${second}`, ""], rows, false);
    byId("identification-answers").querySelector("thead th:last-child").replaceWith(make("td"));
  }

  function show() {
    const one = continua[menu.value];
    const at = Number(slider.value);
    const level = one.levels[at];
    showAnswers(one, at, showFace(level));
    const answers = Object.keys(networks).flatMap((network) => {
      const share = one.share[network]?.[at] ?? null;
      return share === null ? [] : [{ network, level, share }];
    });
    return { here: [{ level }], answers };
  }

  function choose() {
    const one = continua[menu.value];
    const [first, second] = ends();
    slider.max = one.levels.length - 1;
    slider.value = Math.floor((one.levels.length - 1) / 2);
    byId("identification-first").textContent = first;
    byId("identification-second").textContent = second;
    const curves = Object.entries(one.share).flatMap(([network, shares]) =>
      shares.flatMap((share, i) => (share === null ? [] : [{ network, level: one.levels[i], share }])),
    );
    if (menu.value === asked) curves.push(...observers.map(([level, share]) => ({ network: OBSERVERS, level, share })));
    draw({ curves, ...show() });
  }

  function chosen(change) {
    change();
    address("morph", menu.value, person?.value ?? 0, slider.value);
  }

  function go(continuum, who, level) {
    if (!pick(menu, continuum)) return;
    if (person) pick(person, who);
    choose();
    slider.value = level;
    draw(show());
  }

  addresses.set("morph", { section: "categories", go });
  menu.addEventListener("change", () => chosen(choose));
  slider.addEventListener("input", () => chosen(() => draw(show())));
  person?.addEventListener("change", () => chosen(() => draw(show())));
  choose();
}
