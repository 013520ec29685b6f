// Draws the embedded traces of a page, and puts text in as text only.
"use strict";
(() => {
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const rows = [...document.querySelectorAll("#program [data-node]")];
// The numbers of the sequences that are chosen, and the place of the one that is drawn.
const state = { chosen: [], place: 0, sample: 0, frame: 0, node: 0 };
const N_COLORS = 10;
// Widths of a chart, its curves, and characters of titles and labels; text keeps its size on a phone.
const WIDE = { width: 720, right: 548, title: 82, values: 96, label: 27 };
const NARROW = { width: 430, right: 322, title: 50, values: 54, label: 16 };
const phone = window.matchMedia("(max-width: 620px)");
const size = () => (phone.matches ? NARROW : WIDE);
const LEFT = 46;
// Two classes have colours of their own, apart from those of the branches.
const TWO_CLASSES = ["k4", "k2"];

const make = (tag, attributes = {}, text = null) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  return element;
};
const draw = (parent, tag, attributes = {}, text = null) => {
  const element = document.createElementNS(byId("namespace").namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  parent.append(element);
  return element;
};
const round = (value) => (value === null ? "not finite" : String(Number(value.toPrecision(3))));
const cut = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);
// The values of several outputs have their names, the largest first.
const vector = (columns, names, t) => {
  if (columns.length === 1) return round(columns[0][t]);
  const height = (k) => (columns[k][t] === null ? -Infinity : columns[k][t]);
  const order = columns.map((column, k) => k).sort((a, b) => height(b) - height(a));
  const parts = order.slice(0, 4).map((k) => `${cut(names[k], 20)} ${round(columns[k][t])}`);
  return parts.join(", ") + (order.length > 4 ? ", …" : "");
};

const runs = (states) => {
  const found = [];
  states.forEach((value, t) => {
    const last = found[found.length - 1];
    if (last && last.value === value) last.end = t + 1;
    else found.push({ value, start: t, end: t + 1 });
  });
  return found;
};

// Ticks at round numbers: at most four steps of 1, 2 or 5 times a power of ten.
const ticks = (low, high) => {
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high; k += 1) found.push(k * step);
  return found;
};

let panels = [];

// One panel: a title with the value at the cursor, curves, shaded runs, labels on the right.
const panel = (host, options) => {
  const height = options.height, top = 20, bottom = top + height;
  const below = options.ticks ? 26 : 16;
  const { width, values: most, title: longest } = size();
  const right = options.wide ? width - 10 : size().right;
  const n = data.samples[state.sample].length;
  const svg = draw(host, "svg", { viewBox: `0 0 ${width} ${bottom + below}`, role: "img" });
  draw(svg, "title", {}, options.title);
  const known = options.curves.flatMap((c) => c.values).filter((value) => value !== null);
  if (options.zero || !known.length) known.push(0);
  let low = known.reduce((a, b) => Math.min(a, b)), high = known.reduce((a, b) => Math.max(a, b));
  const span = high - low || Math.abs(high) || 1;
  low -= 0.08 * span; high += 0.08 * span;
  if (options.zero) { low = Math.min(low, -0.25 * span); high = Math.max(high, 0.25 * span); }
  const x = (t) => LEFT + ((right - LEFT) * (t + 0.5)) / n;
  const y = (value) => bottom - (height * (value - low)) / (high - low);
  for (const run of options.shades || []) {
    draw(svg, "rect", { x: x(run.start - 0.5), y: top, width: x(run.end) - x(run.start), height,
      class: `shade ${run.value}` });
  }
  draw(svg, "path", { class: "frame", d: `M${LEFT} ${top}V${bottom}H${right}` });
  for (const tick of ticks(low, high)) {
    draw(svg, "text", { x: LEFT - 5, y: y(tick) + 4, "text-anchor": "end" }, round(tick));
    draw(svg, "path", { class: "frame", d: `M${LEFT - 3} ${y(tick)}H${LEFT}` });
  }
  if (options.zero) draw(svg, "path", { class: "zero", d: `M${LEFT} ${y(0)}H${right}` });
  for (const curve of options.curves) {
    let path = "", pen = "M";
    curve.values.forEach((value, t) => {
      if (value === null) { pen = "M"; return; }
      path += `${pen}${x(t).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
    });
    if (n === 1 && path) path += "h2";
    draw(svg, "path", { class: `curve ${curve.color || ""}`, d: path });
  }
  if (options.settled) {
    const at = x(options.settled - 0.5);
    draw(svg, "path", { class: "settled", d: `M${at} ${top}V${bottom}` });
  }
  if (options.ticks) {
    if (!options.wide) draw(svg, "text", { x: right + 8, y: bottom + 14 }, "frame");
    for (const t of ticks(0, n - 1).filter(Number.isInteger)) {
      draw(svg, "text", { x: x(t), y: bottom + 14, "text-anchor": "middle" }, String(t));
    }
  }
  const wanted = (options.labels || []).map((label) => (
    { ...label, at: label.above === undefined ? y(label.value === null ? 0 : label.value)
      : label.above ? (top + y(0)) / 2 : (y(0) + bottom) / 2 }));
  placeLabels(svg, wanted, right + 8, top, bottom);
  const cursor = draw(svg, "path", { class: "cursor" });
  const title = draw(svg, "text", { class: "title", x: LEFT, y: 13 });
  const choose = (event) => {
    const box = svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) * width) / box.width;
    setFrame(Math.floor(((at - LEFT) * n) / (right - LEFT)));
  };
  svg.addEventListener("pointermove", choose);
  svg.addEventListener("pointerdown", choose);
  return () => {
    cursor.setAttribute("d", `M${x(state.frame)} ${top}V${bottom}`);
    const columns = options.curves.map((curve) => curve.values);
    const values = vector(columns, options.names, state.frame);
    const room = Math.max(24, Math.min(longest, most - values.length));
    title.textContent = cut(`${cut(options.title, room)} = ${values}`, most + 4);
  };
};

const placeLabels = (svg, labels, left, top, bottom) => {
  const gap = 14;
  labels.sort((a, b) => a.at - b.at);
  // Where there is no room for all, those of the largest values stay.
  labels.length = Math.min(labels.length, Math.floor((bottom - top) / gap) + 1);
  labels.forEach((label, i) => {
    label.at = Math.max(label.at, top + 6, i ? labels[i - 1].at + gap : -Infinity);
  });
  const over = Math.max(0, labels.length ? labels[labels.length - 1].at - bottom : 0);
  for (const label of labels) {
    draw(svg, "text", { x: left, y: label.at + 4 - over, class: `fill ${label.color}` },
      cut(label.text, size().label));
  }
};

const color = (k) => `k${k % N_COLORS}`;
const curvesOf = (columns) => columns.map((values, k) => (
  { values, color: columns.length > 1 ? color(k) : "" }));

const gatePanel = (host, sample, branch) => {
  const reached = sample.reached[branch.condition], then = sample.reached[branch.then];
  const states = [...reached].map((bit, t) => (
    bit === "0" ? "off" : then[t] === "1" ? "then" : "else"));
  const node = data.nodes[branch.condition];
  const labels = [
    { text: `≥ 0: ${data.nodes[branch.then].label}`, above: true, color: "then" },
    { text: `else: ${data.nodes[branch.else].label}`, above: false, color: "else" }];
  if (states.includes("off")) labels.push({ text: "grey: not asked", value: null, color: "off" });
  return panel(host, { title: `condition: ${titleOf(node)}`,
    curves: curvesOf(sample.nodes[branch.condition]), names: node.outputs, shades: runs(states),
    zero: true, labels, height: 74 });
};

const titleOf = (node) => cut(node.text, node.seen ? 50 : 82) + (node.seen ? `, ${node.seen}` : "");

const outputPanel = (host, sample) => {
  const columns = sample.nodes[0], single = columns.length === 1;
  const colorOf = (k) => (single ? TWO_CLASSES[k] : color(k));
  const labels = single
    ? data.decisions.map((text, k) => (
      { text: `${k ? "> 0" : "≤ 0"}: ${text}`, above: k === 1, color: colorOf(k) }))
    : columns.map((values, k) => (
      { text: data.outputs[k], value: values[values.length - 1], color: colorOf(k) }));
  return panel(host, { title: `output ${data.perFrame ? "for" : "after"} each frame`,
    curves: curvesOf(columns), names: data.outputs, zero: single, labels, height: 170, ticks: true,
    shades: runs(sample.decisions).map((run) => ({ ...run, value: `fill ${colorOf(run.value)}` })),
    settled: data.perFrame ? 0 : sample.settled });
};

const verdict = (sample) => {
  const t = data.perFrame ? state.frame : sample.length - 1;
  let text = `decides for ${data.decisions[sample.decisions[t]]}`;
  if (data.perFrame) text = `frame ${t}: ${text}`;
  else text += ` from ${sample.settled ? `frame ${sample.settled}` : "the first frame"} on`;
  const truth = sample.truth && sample.truth[data.perFrame ? t : 0];
  if (truth !== null) text += `; true: ${truth}`;
  const wrong = sample.wrong && sample.wrong[data.perFrame ? t : 0];
  if (wrong === "1") text += " — wrong";
  if (wrong === "0") text += " — right";
  return text;
};

const tintedCell = (value, largest) => {
  const cell = make("td", { class: "tinted", title: round(value) }, round(value));
  const share = largest > 0 && value !== null ? Math.abs(value) / largest : 0;
  const tint = value > 0 ? "var(--k2)" : "var(--k3)";
  cell.style.background = `color-mix(in srgb, ${tint} ${Math.round(40 * share)}%, transparent)`;
  return cell;
};

const fillContributions = (sample) => {
  const t = state.frame, table = byId("contributions");
  const outputs = data.outputs.length > 1 ? data.outputs : ["contribution"];
  const head = make("tr");
  const names = ["feature", "value", ...outputs];
  head.append(...names.map((text, i) => {
    const cell = make("th", { scope: "col", title: text });
    cell.append(make("span", { class: i < 2 ? "" : "name" }, cut(text, 20)));
    return cell;
  }));
  table.className = outputs.length > 6 ? "wide" : outputs.length > 3 ? "middle" : "";
  const sizes = sample.contributions.flat().map((column) => Math.abs(column[t] || 0));
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  const line = (name, value, columns, most) => {
    const row = make("tr");
    row.append(make("th", { scope: "row" }, name), make("td", {}, value),
      ...columns.map((column) => tintedCell(column[t], most)));
    return row;
  };
  const lines = data.features.map((name, i) => (
    line(name, round(sample.features[i][t]), sample.contributions[i], largest)));
  if (sample.remainder.flat().some((value) => value)) {
    lines.push(line("no single feature", "", sample.remainder, largest));
  }
  table.replaceChildren(head, ...lines, 
    ...[["baseline", sample.baseline], ["output", sample.nodes[0]]].map(([name, columns]) => (
      line(name, "", columns, Math.max(...columns.map((column) => Math.abs(column[t] || 0)))))));
};

const drawChosen = () => {
  const sample = data.samples[state.sample], node = data.nodes[state.node];
  const columns = sample.nodes[state.node], many = columns.length > 1;
  const host = byId("chosen");
  host.replaceChildren();
  panels[panels.length - 1] = panel(host, { title: titleOf(node), curves: curvesOf(columns),
    names: node.outputs, height: 90, ticks: true, wide: !many,
    shades: runs([...sample.reached[state.node]])
      .filter((run) => run.value === "0").map((run) => ({ ...run, value: "off" })),
    labels: many ? columns.map((values, k) => (
      { text: node.outputs[k], value: values[values.length - 1], color: color(k) })) : [] });
  rows.forEach((row, i) => row.classList.toggle("chosen", i === state.node));
};

const showFrame = () => {
  const sample = data.samples[state.sample], t = state.frame;
  panels.forEach((update) => update());
  rows.forEach((row, i) => {
    row.classList.toggle("off", sample.reached[i][t] === "0");
    const names = data.nodes[i].outputs;
    row.querySelector(".value").textContent = vector(sample.nodes[i], names, t);
  });
  byId("frame").value = t;
  byId("frame-text").textContent = `${t} / ${sample.length - 1}`;
  fillContributions(sample);
  const text = verdict(sample);
  if (byId("verdict").textContent !== text) byId("verdict").textContent = text;
};

const setFrame = (t) => {
  state.frame = Math.max(0, Math.min(data.samples[state.sample].length - 1, t));
  showFrame();
};

const setNode = (node) => { state.node = node; drawChosen(); showFrame(); };

const setPlace = (place) => {
  const n = state.chosen.length;
  state.place = ((place % n) + n) % n;
  state.sample = state.chosen[state.place];
  const sample = data.samples[state.sample], host = byId("charts");
  host.replaceChildren();
  panels = [outputPanel(host, sample)];
  panels.push(...data.branches.map((branch) => gatePanel(host, sample, branch)));
  panels.push(...data.features.map((title, k) => (
    panel(host, { title, curves: curvesOf([sample.features[k]]), height: 52 }))));
  // The last place is that of the chosen part, which is drawn anew more often.
  panels.push(null);
  drawChosen();
  byId("sample").value = state.place;
  byId("sample-text").textContent = `${sample.number} / ${data.nGiven - 1}`;
  byId("frame").max = sample.length - 1;
  setFrame(sample.length - 1);
};

// The classes of a sequence: the true ones, or where none is known of any what is decided.
const told = data.samples.some((sample) => sample.truth);

const classesOf = (sample) => {
  if (told) return (sample.truth || []).filter((name) => name !== null);
  const codes = data.perFrame ? sample.decisions : sample.decisions.slice(-1);
  return codes.map((code) => data.decisions[code]);
};

const offerClasses = () => {
  const counts = new Map();
  for (const sample of data.samples) {
    for (const name of new Set(classesOf(sample))) counts.set(name, (counts.get(name) || 0) + 1);
  }
  const names = [...counts.keys()].sort();
  byId("class").replaceChildren(make("option", { value: "" }, "every class"),
    ...names.map((name, i) => make("option", { value: i }, `${cut(name, 24)} (${counts.get(name)})`)));
  return names;
};

const chooseSequences = () => {
  const name = classNames[Number(byId("class").value)], any = byId("class").value === "";
  const judged = byId("judged") ? byId("judged").value : "";
  const fits = (sample) => (any || classesOf(sample).includes(name))
    && (judged === "" || (sample.wrong !== null && sample.wrong.includes("1") === (judged === "1")));
  const found = data.samples.flatMap((sample, i) => (fits(sample) ? [i] : []));
  const n = data.samples.length, slider = byId("sample");
  byId("choice-text").textContent = `${found.length || "none"} of ${n}`;
  // Where there is none, what is drawn stays.
  slider.disabled = !found.length;
  if (!found.length) return;
  state.chosen = found;
  slider.max = found.length - 1;
  setPlace(Math.max(0, found.indexOf(state.sample)));
};

const isShown = (row) => {
  const box = row.tagName === "SUMMARY" ? row.parentElement.parentElement : row.parentElement;
  return !box.closest("details:not([open])");
};

// As in other trees: up and down to the next row, right opens, and left closes or goes out.
const moveInTree = (event) => {
  const row = event.target, shown = rows.filter(isShown), at = shown.indexOf(row);
  if (at < 0) return;
  const box = row.tagName === "SUMMARY" ? row.parentElement : null;
  const outer = (box || row).parentElement.closest("details");
  const go = (to) => { if (to) to.focus(); };
  const moves = { ArrowDown: () => go(shown[at + 1]), ArrowUp: () => go(shown[at - 1]),
    ArrowRight: () => { if (box && !box.open) box.open = true; else go(shown[at + 1]); },
    ArrowLeft: () => { if (box && box.open) box.open = false; else go(outer && outer.firstChild); } };
  if (!moves[event.key]) return;
  event.preventDefault();
  moves[event.key]();
};

rows.forEach((row, i) => {
  row.append(make("span", { class: "value" }));
  if (row.tagName !== "SUMMARY") row.tabIndex = 0;
  row.addEventListener("pointerenter", () => setNode(i));
  row.addEventListener("focus", () => setNode(i));
});
byId("program").addEventListener("keydown", moveInTree);
const classNames = offerClasses();
byId("class").addEventListener("input", chooseSequences);
if (byId("judged")) byId("judged").addEventListener("input", chooseSequences);
byId("sample").addEventListener("input", (event) => setPlace(Number(event.target.value)));
byId("frame").addEventListener("input", (event) => setFrame(Number(event.target.value)));
byId("charts").addEventListener("keydown", (event) => {
  const moves = { ArrowLeft: () => setFrame(state.frame - 1),
    ArrowRight: () => setFrame(state.frame + 1), Home: () => setFrame(0),
    End: () => setFrame(Infinity), ArrowUp: () => setPlace(state.place - 1),
    ArrowDown: () => setPlace(state.place + 1) };
  if (!moves[event.key]) return;
  event.preventDefault();
  moves[event.key]();
});
phone.addEventListener("change", () => {
  const frame = state.frame;
  setPlace(state.place);
  setFrame(frame);
});
chooseSequences();
})();
