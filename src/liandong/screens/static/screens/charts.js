// Draws coverage against precision from the figures in data-chart; the table beside it says the same. No inline code.
(function () {
  "use strict";
  const places = Array.from(document.querySelectorAll("[data-chart]"));
  if (!places.length || !window.echarts) return;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  function option(data, narrow) {
    const ink = colour("--l-ink"), soft = colour("--l-soft"), line = colour("--l-line");
    const low = Math.min(data.wanted, ...data.points.map((point) => point[2]));
    const floor = Math.max(0, Math.floor((low - 2) / 10) * 10);
    const column = (at) => data.points.map((point) => [point[0], point[at]]);
    const words = data.words;
    const axis = {
      type: "value", axisLabel: { formatter: "{value}%", color: soft }, nameTextStyle: { color: ink },
      axisLine: { show: true, lineStyle: { color: soft } }, splitLine: { lineStyle: { color: line } },
    };
    // A line's name stands at its end; a bound is thin and dashed, what is wanted dotted, the threshold upright.
    const named = (text, tint) => ({ show: !narrow, formatter: text, color: tint, distance: 6 });
    const bound = (at) => ({
      type: "line", data: column(at), symbol: "none", silent: true,
      lineStyle: { width: 1, type: "dashed", color: soft },
    });
    const series = [
      bound(2), bound(3),
      {
        type: "line", name: words.precision, data: column(1), symbol: "circle", symbolSize: 5,
        lineStyle: { width: 3, color: colour("--l-brand") }, itemStyle: { color: colour("--l-brand") },
        endLabel: named(words.precision, colour("--l-brand")),
      },
      {
        type: "line", name: words.wanted, data: [[0, data.wanted], [100, data.wanted]], symbol: "none", silent: true,
        lineStyle: { width: 2, type: "dotted", color: colour("--l-good") },
        endLabel: named(words.wanted + " " + data.wanted + "%", colour("--l-good")),
      },
    ];
    if (data.auto !== null) {
      series.push({
        type: "line", name: words.auto, data: [[data.auto, floor], [data.auto, 100]], symbol: "none", silent: true,
        lineStyle: { width: 2, color: colour("--l-warn") },
      });
    }
    return {
      animation: !still.matches,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
      grid: { left: 52, right: narrow ? 16 : 96, top: 36, bottom: 44 },
      xAxis: { ...axis, min: 0, max: 100, name: words.coverage, nameLocation: "middle", nameGap: 28 },
      yAxis: { ...axis, min: floor, max: 100, name: words.precision },
      series,
    };
  }

  function legend(place, data) {
    const list = document.createElement("ul");
    list.className = "legend";
    list.setAttribute("aria-hidden", "true");
    const entries = [["precision", "precision"], ["interval", "interval"], ["wanted", "wanted"]];
    if (data.auto !== null) entries.push(["auto", "auto"]);
    entries.forEach(([kind, word]) => {
      const item = document.createElement("li");
      item.className = "legend-" + kind;
      item.textContent = data.words[word] + (kind === "wanted" ? " " + data.wanted + "%" : "");
      list.append(item);
    });
    place.after(list);
  }

  places.forEach((place) => {
    const data = JSON.parse(place.dataset.chart);
    const chart = window.echarts.init(place);
    const draw = () => chart.setOption(option(data, place.clientWidth < 520), true);
    draw();
    legend(place, data);
    new ResizeObserver(() => { chart.resize(); draw(); }).observe(place);
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    window.addEventListener("beforeprint", () => chart.resize());
  });
})();
