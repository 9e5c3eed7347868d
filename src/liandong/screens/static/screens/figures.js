// Draws the trends from the numbers in data-trend; the table below says the same. Lines differ by dash and mark, bars by
// pattern, and every series has its name at it, so that a black-and-white print can be read. No inline code.
(function () {
  "use strict";
  const places = Array.from(document.querySelectorAll("[data-trend]"));
  if (!places.length || !window.echarts) return;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let printing = false;
  const colour = (name) => (printing ? "" : getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  const LINES = [
    { type: "solid", symbol: "circle", tint: "--l-brand" }, { type: "dashed", symbol: "rect", tint: "--l-warn" }, { type: "dotted", symbol: "triangle", tint: "--l-good" },
  ];
  const PATTERNS = [
    null,
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: -Math.PI / 4 },
    { symbol: "circle", dashArrayX: [[5, 5], [0, 5, 5, 0]], dashArrayY: [5, 0], symbolSize: 0.8 },
  ];

  function option(data, narrow) {
    const ink = colour("--l-ink") || "#000", soft = colour("--l-soft") || "#333", rule = colour("--l-line") || "#bbb";
    const face = colour("--l-face") || "#fff";
    const bars = data.kind === "bar";
    const tint = (n) => colour(LINES[n].tint) || ["#000", "#444", "#777"][n];
    const last = (values) => { for (let n = values.length - 1; n >= 0; n -= 1) if (values[n] !== null) return n; return -1; };
    // Names at the ends of the lines, moved apart where the ends lie close together.
    const ends = data.series.map((one, n) => [last(one.values), n]).filter((end) => end[0] >= 0);
    const series = data.series.map((one, n) => (bars ? {
      type: "bar", name: one.name, data: one.values.map((value) => value || null), stack: "all", barMaxWidth: 26,
      itemStyle: { color: tint(n), borderColor: face, borderWidth: 1, decal: PATTERNS[n] ? { ...PATTERNS[n], color: face } : undefined },
    } : {
      type: "line", name: one.name, data: one.values, symbol: LINES[n].symbol, symbolSize: data.labels.length > 40 ? 0 : 7, connectNulls: true,
      lineStyle: { width: 2.5, type: LINES[n].type, color: tint(n) }, itemStyle: { color: tint(n) },
      endLabel: { show: !narrow && ends.some((end) => end[1] === n), formatter: one.name, color: tint(n), backgroundColor: face, padding: [1, 3], distance: 3 }, labelLayout: { moveOverlap: "shiftY" },
    }));
    const rates = data.kind === "rate";
    const least = rates ? Math.min(...data.series.flatMap((one) => one.values.filter((value) => value !== null)), 100) : 0;
    return {
      animation: !still.matches && !printing,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
      grid: { left: rates ? 46 : 42, right: bars || narrow ? 12 : 84, top: 16, bottom: 26 },
      xAxis: { type: "category", data: data.labels, boundaryGap: bars, axisLabel: { color: soft, hideOverlap: true }, axisLine: { lineStyle: { color: soft } }, axisTick: { show: false } },
      yAxis: { type: "value", min: rates ? Math.max(0, Math.floor((least - 5) / 10) * 10) : 0, max: rates ? 100 : undefined, minInterval: 1, axisLabel: { formatter: rates ? "{value}%" : "{value}", color: soft }, splitLine: { lineStyle: { color: rule } } },
      series,
    };
  }

  const DASHES = ["", "7 4", "2 3"];
  const drawing = (name, values) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.keys(values).forEach((key) => made.setAttribute(key, values[key]));
    return made;
  };
  // The legend repeats dash and pattern; it is for the eye only, the table has the words.
  function legend(place, data) {
    const list = document.createElement("ul");
    list.className = "marks-of";
    list.setAttribute("aria-hidden", "true");
    data.series.forEach((one, n) => {
      const item = document.createElement("li");
      const mark = drawing("svg", { width: 30, height: 12 });
      const shape = data.kind === "bar" ? drawing("rect", { x: 1, y: 1, width: 28, height: 10, class: "bar-" + n }) : drawing("line", { x1: 1, y1: 6, x2: 29, y2: 6, "stroke-dasharray": DASHES[n], class: "line-" + n });
      mark.append(shape);
      if (data.kind === "bar" && n) {
        for (let x = 4; x < 28; x += n === 1 ? 5 : 6) mark.append(n === 1 ? drawing("line", { x1: x, y1: 11, x2: x + 5, y2: 1, class: "gap" }) : drawing("circle", { cx: x + 1, cy: 6, r: 1.4, class: "hole" }));
      }
      item.append(mark, " " + one.name);
      list.append(item);
    });
    place.after(list);
  }

  const charts = places.map((place) => {
    const data = JSON.parse(place.dataset.trend);
    const chart = window.echarts.init(place);
    const draw = () => chart.setOption(option(data, place.clientWidth < 300), true);
    draw();
    legend(place, data);
    new ResizeObserver(() => { chart.resize(); draw(); }).observe(place);
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    return { chart, draw };
  });
  const print = (on) => { printing = on; charts.forEach((one) => { one.chart.resize(); one.draw(); }); };
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));
})();
