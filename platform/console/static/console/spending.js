// Draws the days of the page as bars, in the colours of the admin's theme, and again when either changes.
(() => {
  "use strict";
  const source = document.getElementById("days");
  if (!source) return;
  const days = JSON.parse(source.textContent);
  const column = (index) => days.map((day) => day[index]);
  const places = [...document.querySelectorAll("[data-chart]")];
  let charts = [];

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function draw() {
    charts.forEach((chart) => chart.destroy());
    charts = places.map((place) => new uPlot(options(place), [column(0), column(Number(place.dataset.chart))], place));
  }

  function options(place) {
    const axis = { stroke: colour("--body-quiet-color"), grid: { stroke: colour("--hairline-color"), width: 1 }, ticks: { show: false } };
    const bars = uPlot.paths.bars({ size: [0.7, 40] });
    return {
      width: place.clientWidth,
      height: 180,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      legend: { live: true },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { range: wide }, y: { range: (chart, least, most) => [0, Math.max(1, most * 1.1)] } },
      series: [
        { value: "{YYYY}-{MM}-{DD}", label: "day" },
        { label: "credits", stroke: colour("--link-fg"), fill: colour("--primary"), paths: bars, points: { show: false } },
      ],
      axes: [axis, { ...axis, size: 64 }],
    };
  }

  // Half a day more on both sides, so that the outer bars are whole; a week around a lonely one.
  function wide(chart, first, last) {
    const margin = first === last ? 3.5 * 86400 : 43200;
    return [first - margin, last + margin];
  }

  if (!days.length) {
    places.forEach((place) => { place.textContent = "none"; });
    return;
  }
  draw();
  new ResizeObserver(() => charts.forEach((chart, index) => chart.setSize({ width: places[index].clientWidth, height: 180 }))).observe(places[0]);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
})();
