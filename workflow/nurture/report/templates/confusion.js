if (data.confusion) {
  const { expressions, networks, observers, likeness, shades } = data.confusion;
  const signed = (value) => value.toFixed(2).replace("-", "−");
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  /** Black or white, whichever reads better on a colour (WCAG relative luminance). */
  function inkOn(hex) {
    const [r, g, b] = [1, 3, 5].map((i) => {
      const c = parseInt(hex.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
  }

  function layMatrix(table, title, matrix) {
    const rows = matrix.map((line, i) => [
      expressions[i],
      ...line.map((share, j) => {
        const cell = make("td", { class: i === j ? "correct" : null }, share === null ? "" : String(Math.round(100 * share)));
        if (share !== null) {
          cell.style.backgroundColor = shades[Math.round(share * (shades.length - 1))];
          cell.style.color = inkOn(cell.style.backgroundColor ? shades[Math.round(share * (shades.length - 1))] : "#ffffff");
        }
        return cell;
      }),
    ]);
    layTable(table, title, ["shown", ...expressions], rows, false);
  }

  function show() {
    // The name of a layer may hold any character; that of a network holds no "|".
    const [network, ...parts] = byId("confusion-network").value.split("|");
    const layer = parts.join("|");
    const population = byId("confusion-population").value;
    const human = byId("confusion-observers").value;
    const one = networks.find((n) => n.network === network && n.layer === layer && n.population === population);
    const status = byId("confusion-status");
    const them = observers[human];
    const who = [them.who, them.observers ? `${them.observers} observers` : null, them.task].filter(Boolean).join("; ");
    layMatrix(byId("confusion-of-observers"), `Observers: ${human}`, them.matrix);
    byId("confusion-of-network").hidden = !one;
    if (!one) {
      status.textContent = `${network} has too few units of the population “${population}” to be classified. Observers: ${who}.`;
      return;
    }
    layMatrix(byId("confusion-of-network"), `${network}, ${layer}: ${population} units${one.units === null ? "" : ` (${one.units.toLocaleString("en")})`}`, one.matrix);
    const asked = one.matrix.flatMap((line, i) => (line[i] === null ? [] : [i]));
    const right = (matrix) => percent(mean(asked.map((i) => matrix[i][i])));
    const which = asked.length < expressions.length ? `Of ${asked.map((i) => expressions[i]).join(", ")}, which alone were shown: ` : "";
    const alike = likeness.find((row) => row[0] === network && row[1] === layer && row[2] === population && row[3] === human);
    const [estimate, lower, upper] = alike ? alike.slice(4) : [null, null, null];
    const between = lower === null || upper === null ? "" : `, 95 % interval ${signed(lower)} to ${signed(upper)}`;
    const r = estimate === null ? "" : ` Its mistakes correlate with those of these observers at r = ${signed(estimate)}${between}.`;
    status.textContent = `${which}Correct: network ${right(one.matrix)}, observers ${right(them.matrix)}; chance ${percent(1 / asked.length)}.${r} Observers: ${who}.`;
  }

  const menus = ["network", "population", "observers"].map((name) => byId(`confusion-${name}`));
  function go(...values) {
    menus.forEach((menu, i) => pick(menu, values[i]));
    show();
  }

  addresses.set("matrix", { section: "confusions", go });
  for (const menu of menus) {
    menu.addEventListener("change", () => {
      show();
      address("matrix", ...menus.map((one) => one.value));
    });
  }
  show();
}
