// Live lists: the stream where there is one, else every 15 seconds; never while somebody is choosing.
(function () {
  "use strict";
  const { one, all, setLine } = window.liandong;

  let wanted = null;
  function refresh() {
    window.clearTimeout(wanted);
    wanted = window.setTimeout(() => {
      if (document.hidden || !window.htmx) return;
      all("[data-live]").forEach((list) => {
        if (one("input[type=checkbox]:checked", list) || list.contains(document.activeElement)) return;
        window.htmx.trigger(list, "refresh");
      });
    }, 400);
  }
  let stream = null;
  let streaming = false;
  let refused = 0;
  function listen() {
    const address = document.body.dataset.stream;
    if (!address || !one("[data-live]") || document.hidden || stream || refused > 2) return;
    stream = new EventSource(address);
    stream.onopen = () => { streaming = true; refused = 0; setLine(true); };
    stream.onmessage = refresh;
    ["reset", ...(document.body.dataset.events || "").split(" ")].filter(Boolean).forEach((name) => stream.addEventListener(name, refresh));
    stream.onerror = () => {
      streaming = false;
      refused += 1;
      if (stream.readyState === EventSource.CLOSED || refused > 2) { stream.close(); stream = null; }
    };
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && stream) { stream.close(); stream = null; streaming = false; }
    else { listen(); refresh(); }
  });
  window.setInterval(() => { if (!streaming) refresh(); }, 15000);

  document.addEventListener("liandong:again", refresh);
  listen();
})();
