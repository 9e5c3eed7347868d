// The board on the wall: a clock, lists that turn their pages where they do not fit, and honesty about old data.
(function () {
  "use strict";
  const { one, all } = window.liandong;
  const AGAIN = 20000, STALE = 60000, TURN = 12000;

  // -- Fresh or not: the page asks again by itself and says since when it had no answer. ----------------------------
  let fresh = Date.now();
  let stamp = "";
  const foot = () => one(".board-foot b");
  function look() {
    const shown = foot();
    if (shown && shown.textContent !== stamp) { stamp = shown.textContent; fresh = Date.now(); }
    const note = one("[data-stale]");
    const old = Date.now() - fresh > STALE;
    if (old) {
      const words = JSON.parse(one("[data-words]").dataset.words);
      const said = words.stale.replace("{time}", stamp);
      if (note.textContent !== said) note.textContent = said;
    }
    note.hidden = !old;
    document.body.classList.toggle("board-old", old);
  }
  window.setInterval(() => { if (window.htmx) window.htmx.trigger(one("#board"), "refresh"); }, AGAIN);

  // -- The clock is the server's. -------------------------------------------------------------------------------------
  const { zone, lang } = Object.assign({ lang: document.documentElement.lang }, one("#board").dataset);
  const day = new Intl.DateTimeFormat(lang, {
    timeZone: zone, year: "numeric", month: "long", day: "numeric", weekday: "long",
  });
  const time = new Intl.DateTimeFormat(lang, {
    timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
  });
  function clock() {
    const at = new Date(window.liandong.serverNow());
    one("[data-clock]").textContent = time.format(at);
    one("[data-date]").textContent = day.format(at);
  }

  // -- Pages: every list shows as many rows as fit and goes on to the next ones. -------------------------------------
  const turns = {};
  function rotates() { return window.innerWidth >= 1000 && window.innerHeight >= 600; }
  function fit(list) {
    const rows = all("li", list);
    rows.forEach((row) => { row.hidden = false; });
    const mark = one("[data-turn]", list.previousElementSibling);
    if (mark) mark.textContent = "";
    if (!rotates()) return;
    const pages = [[]];
    let used = 0;
    rows.forEach((row) => {
      const height = row.offsetHeight;
      if (used + height > list.clientHeight && pages[pages.length - 1].length) { pages.push([]); used = 0; }
      pages[pages.length - 1].push(row);
      used += height;
    });
    const page = (turns[list.dataset.rotate] || 0) % pages.length;
    rows.forEach((row) => { row.hidden = !pages[page].includes(row); });
    if (mark && pages.length > 1) mark.textContent = (page + 1) + "/" + pages.length;
  }
  const fitAll = () => all("[data-rotate]").forEach(fit);
  window.setInterval(() => {
    all("[data-rotate]").forEach((list) => { turns[list.dataset.rotate] = (turns[list.dataset.rotate] || 0) + 1; });
    fitAll();
  }, TURN);
  window.addEventListener("resize", fitAll);

  const full = one("[data-full]");
  full.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  });

  document.addEventListener("htmx:afterSettle", () => { look(); fitAll(); });
  window.setInterval(() => { clock(); look(); }, 1000);
  document.addEventListener("DOMContentLoaded", () => { clock(); look(); fitAll(); });
})();
