if (data.explorer) {
  const { layers, expressions } = data.explorer;
  const set = data.sheet.sets.find((one) => one.name === data.explorer.set);
  const layout = set.pictures[set.name];
  const tileOf = new Map(layout.stimuli.map((stimulus, tile) => [stimulus, tile]));
  const SHOWN = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral", "other"];
  const tuning = chart(byId("explorer-tuning"), data.explorer.tuning);
  const place = chart(byId("explorer-map"), data.explorer.map);
  const network = byId("explorer-network");
  const layerMenu = byId("explorer-layer");
  const unitMenu = byId("explorer-unit");

  const layer = () => layers[Number(layerMenu.value)];

  function name(one, i) {
    const preferred = one.preferred[i] < 0 ? "no preference" : `prefers ${expressions[one.preferred[i]]}`;
    return `unit ${one.number[i]}, ${preferred}`;
  }

  function chooseNetwork() {
    const own = layers.map((one, i) => [i, one]).filter(([, one]) => one.network === network.value);
    fill(layerMenu, own.map(([i, one]) => [i, `${one.layer} (${one.selective.toLocaleString("en")} selective)`]));
    const readout = own.find(([, one]) => one.readout);
    if (readout) layerMenu.value = readout[0];
    chooseLayer();
  }

  function chooseLayer() {
    const one = layer();
    const entries = one.number.map((_, i) => [i, name(one, i)]);
    const groups = [
      { label: `selective: ${one.listed} of ${one.selective.toLocaleString("en")}`, entries: entries.slice(0, one.listed) },
      { label: "not selective", entries: entries.slice(one.listed) },
    ];
    fill(unitMenu, groups.filter((group) => group.entries.length));
    show();
  }

  function showFaces(list, stimuli, responses) {
    list.replaceChildren(
      ...stimuli.map((stimulus, i) => {
        const tile = tileOf.get(stimulus);
        const who = layout.identity[tile] >= 0 ? personAt(layout, tile) : `picture ${stimulus}`;
        const what = SHOWN[layout.expression[tile]];
        return make("li", {}, face(set.name, layout, tile, `${what}, ${who}`), what, make("br"), who, make("br"), `response ${digits(responses[i])}`);
      }),
    );
  }

  function show() {
    const one = layer();
    const i = Number(unitMenu.value);
    const empty = one.number.length === 0;
    byId("explorer-back").disabled = empty || i === 0;
    byId("explorer-next").disabled = empty || i === one.number.length - 1;
    if (empty) {
      byId("explorer-status").textContent = "No unit of this layer responds to the faces.";
      return;
    }
    const selective = i < one.listed ? "selective for expression" : "not selective";
    byId("explorer-status").textContent =
      `${one.network}, ${one.layer}: ${name(one, i)}; ${selective}. ` +
      `Expression: F = ${digits(one.f[i])}, ${probability(one.p[i])}. Identity: F = ${digits(one.f_identity[i])}, ${probability(one.p_identity[i])}.`;
    const rows = expressions.map((expression, j) => ({
      expression,
      mean: one.tuning[i][j],
      low: one.tuning[i][j] - (one.error[i][j] ?? 0),
      high: one.tuning[i][j] + (one.error[i][j] ?? 0),
    }));
    tuning({ tuning: rows });
    const cells = one.map.flatMap((line, row) => line.map((units, column) => ({ row, column, units })));
    const [high, wide, step] = one.size;
    place({ map: cells, unit: [{ row: Math.floor(one.row[i] / step), column: Math.floor(one.column[i] / step) }] });
    const size = `${high} by ${wide}${step > 1 ? `, in squares of ${step} by ${step}` : ""}`;
    byId("explorer-place").textContent =
      cells.length > 1
        ? `Where it looks: row ${one.row[i]}, column ${one.column[i]} of a map of ${size}, channel ${one.channel[i]}. Darker: more selective units of the layer at that place, at most ${Math.max(...cells.map((c) => c.units))}.`
        : `This layer has no map, only channels; this is channel ${one.channel[i]}.`;
    showFaces(byId("explorer-most"), one.most[i], one.most_response[i]);
    showFaces(byId("explorer-least"), one.least[i], one.least_response[i]);
    const ties = one.n_least[i];
    byId("explorer-ties").textContent = ties > 1 ? `${ties} faces give the same smallest response; these are the first of them.` : "";
    byId("explorer-ties").hidden = ties < 2;
    const table = expressions.map((expression, j) => [expression, digits(one.tuning[i][j]), one.error[i][j] === null ? "unknown" : digits(one.error[i][j])]);
    layTable(byId("explorer-table"), `Tuning of unit ${one.number[i]}`, ["expression", "mean response", "standard error"], table);
  }

  function move(by) {
    unitMenu.value = Number(unitMenu.value) + by;
    show();
  }

  function chosen(choose) {
    choose();
    address("unit", layer().network, layer().layer, layer().number[Number(unitMenu.value)] ?? "");
  }

  function go(wanted, of, number) {
    if (!pick(network, wanted)) return;
    chooseNetwork();
    const at = layers.findIndex((one) => one.network === wanted && one.layer === of);
    if (!pick(layerMenu, at)) return;
    chooseLayer();
    if (pick(unitMenu, layer().number.indexOf(Number(number)))) show();
    else byId("explorer-status").textContent = `This page does not hold unit ${number} of ${wanted}, ${of}. Shown instead: ${byId("explorer-status").textContent}`;
  }

  addresses.set("unit", { section: "explorer", go });
  network.addEventListener("change", () => chosen(chooseNetwork));
  layerMenu.addEventListener("change", () => chosen(chooseLayer));
  unitMenu.addEventListener("change", () => chosen(show));
  byId("explorer-back").addEventListener("click", () => chosen(() => move(-1)));
  byId("explorer-next").addEventListener("click", () => chosen(() => move(1)));
  chooseNetwork();
}
