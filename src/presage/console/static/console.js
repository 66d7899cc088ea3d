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

// data-chart: {x: [...], time: bool, series: [{label, values: [...], band: [low, high]?}], y: "unit"}
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
    series.push({ label: one.label, stroke, width: 2, points: { show: one.values.length < 40, size: 9, fill: stroke } });
    if (one.low) {
      data.push(one.high, one.low);
      const quiet = { stroke: "transparent", points: { show: false } };
      series.push({ label: `${one.label}, high`, ...quiet }, { label: `${one.label}, low`, ...quiet });
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
    options.axes[0] = { ...axis, splits: () => told.x, values: (_, splits) => splits.map((at) => told.names[at] ?? "") };
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
