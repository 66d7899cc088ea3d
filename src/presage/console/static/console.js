// The little that pages do in the browser besides htmx: the menu on a narrow screen, and charts.
"use strict";

function toggleMenu(event) {
  const button = event.target.closest("button.menu");
  if (!button) return;
  const isOpen = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!isOpen));
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function shown(value) {
  return value == null ? "–" : Number(value.toPrecision(4)).toLocaleString("en");
}

function cut(text, most) {
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`;
}

// data-chart: {x: [...], time: bool, names: [...]?, series: [{label, values: [...], low: [...]?, high: [...]?}], y: "unit"}
function draw(element) {
  const told = JSON.parse(element.dataset.chart);
  const palette = ["--one", "--two", "--three", "--four", "--five"].map(colour);
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line") }, ticks: { stroke: colour("--line") } };
  const data = [told.x];
  const series = [{}];
  const bands = [];
  told.series.forEach((one, n) => {
    const stroke = palette[n % palette.length];
    data.push(one.values);
    const value = (_, at, __, place) =>
      shown(at) + (one.low && at != null ? ` (${shown(one.low[place])} to ${shown(one.high[place])})` : "");
    series.push({ label: one.label, value, stroke, width: 2, points: { show: one.values.length < 40, size: 9, fill: stroke } });
    if (one.low) {
      data.push(one.high, one.low);
      const bound = { class: "bound", stroke: "transparent", points: { show: false } };  // told with the middle
      series.push(bound, { ...bound });
      bands.push({ series: [series.length - 2, series.length - 1], fill: stroke + "33" });
    }
  });
  const options = {
    width: element.clientWidth,
    height: 260,
    scales: { x: { time: Boolean(told.time) } },
    axes: [axis, { ...axis, label: told.y || undefined, size: 60 }],
    series,
    bands,
    cursor: { y: false },
  };
  if (told.names) {
    options.scales.x.range = [-0.5, told.x.length - 0.5];
    options.scales.y = { range: (_, low, high) => [Math.min(0, low), Math.max(0, high) * 1.1 || 1] };
    const most = Math.floor((element.clientWidth - 90) / told.names.length / 8);
    const name = (at) => cut(told.names[at] ?? "", most);
    options.axes[0] = { ...axis, splits: () => told.x, values: (_, splits) => splits.map(name) };
    options.legend = { live: false };
  }
  element.replaceChildren();
  const plot = new uPlot(options, data, element);
  element.plot = plot;
}

function drawAll() {
  document.querySelectorAll("[data-chart]:not([data-drawn])").forEach((element) => {
    element.dataset.drawn = "yes";
    draw(element);
  });
}

function redrawAll() {
  document.querySelectorAll("[data-drawn]").forEach(draw);
}

function confirmFirst(event) {
  const text = event.target.dataset.confirm;
  if (text && !confirm(text)) event.preventDefault();
}

document.addEventListener("click", toggleMenu);
document.addEventListener("submit", confirmFirst);
document.addEventListener("DOMContentLoaded", drawAll);
document.addEventListener("htmx:after:swap", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
addEventListener("resize", redrawAll);
