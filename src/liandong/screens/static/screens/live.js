// Live parts of a page: a container ``data-live hx-get=… hx-trigger="refresh"`` is fetched again when an event concerns
// it, every minute (times are shown in words), and every 15 seconds where there is no stream. Optional attributes:
// data-live-case=NO (only events of this case), data-live-events="sign feedback" (only these), data-live-list (rows
// with data-no: only events that move a case or touch a shown one), data-live-quiet (say nothing of new rows),
// data-live-register="drill finding" (only steps in these registers; with data-live-case also that case's events),
// data-live-entry=NO (only of this entry).
// Every event the viewer may see is also dispatched as ``liandong:event``. What a swap keeps is in live-swap.js.
(function () {
  "use strict";
  const { one, all, setLine } = window.liandong;
  const PAUSE_MS = 400, SLOW_MS = 60000, POLL_MS = 15000;
  const MOVES = ["state", "holder", "pending", "level", "lead_unit", "assist_units", "joint_units", "class", "safety", "merged_into"];
  const HEADER = "X-Liandong-Live", ENTRY = "entry";

  const body = document.body;
  let cursor = body.dataset.cursor || "";
  let state = { state: "lost", since: Date.now() };
  let heard = Date.now();
  let line = null;

  // -- What one container waits for; kept by its id, because every swap makes a new element. ------------------------
  const known = new Map();
  function of(part) {
    if (!known.has(part.id)) known.set(part.id, { began: 0, pause: PAUSE_MS, busy: false, timer: 0, stale: false, cases: new Set() });
    return known.get(part.id);
  }
  function concerns(part, item) {
    const { liveCase, liveEvents, liveRegister, liveEntry } = part.dataset;
    if (item.type === ENTRY) return Boolean(liveRegister) && liveRegister.split(" ").includes(item.register) && (!liveEntry || liveEntry === item.no);
    if (liveRegister && !liveCase) return false;
    if (liveCase) return item.case === liveCase;
    if (liveEvents) return liveEvents.split(" ").includes(item.type);
    if (!item.set || !("liveList" in part.dataset || one("[data-no]", part))) return true;
    return Boolean(one(`[data-no="${CSS.escape(item.case)}"]`, part)) || MOVES.some((key) => key in item.set);
  }
  // Somebody who has chosen rows or is typing must not have them taken away.
  function held(part) {
    if (one("input[type=checkbox]:checked", part)) return true;
    const active = document.activeElement;
    return part.contains(active) && active.matches("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=button])");
  }
  function offer(part) {
    const waiting = of(part);
    let bar = part.previousElementSibling;
    if (!bar || !bar.matches("[data-live-bar]")) {
      bar = document.createElement("div");
      bar.className = "live-bar";
      bar.dataset.liveBar = "";
      bar.setAttribute("role", "status");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm btn-plain";
      button.addEventListener("click", () => fetchNow(document.getElementById(bar.dataset.liveBar)));
      bar.append(button);
      bar.dataset.liveBar = part.id;
      part.before(bar);
    }
    const text = one("#live").dataset.held.replace("{n}", String(Math.max(1, waiting.cases.size)));
    if (bar.firstChild.textContent !== text) bar.firstChild.textContent = text;
  }
  function look(part) {
    const waiting = of(part);
    waiting.stale = true;
    if (document.hidden || waiting.busy || waiting.timer) return;
    if (held(part)) { offer(part); return; }
    const wait = waiting.began + waiting.pause - Date.now();
    if (wait <= 0) { fetchNow(part); return; }
    waiting.timer = window.setTimeout(() => {
      waiting.timer = 0;
      const still = document.getElementById(part.id);
      if (still && waiting.stale) look(still);
    }, wait);
  }
  function fetchNow(part) {
    if (!part || !window.htmx || of(part).busy) return;
    const waiting = of(part);
    Object.assign(waiting, { began: Date.now(), busy: true, stale: false });
    window.htmx.trigger(part, "refresh");
    // htmx sends nothing where something else has stopped it: then this container is free again.
    window.setTimeout(() => { if (waiting.busy && Date.now() - waiting.began > 25000) waiting.busy = false; }, 26000);
  }
  const parts = () => all("[data-live]").filter((part) => part.id);
  const lookAll = () => parts().forEach(look);

  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, headers, triggeringEvent } = event.detail;
    if (elt.matches("[data-live]") && triggeringEvent && triggeringEvent.type === "refresh") headers[HEADER] = state.state === "live" ? cursor : "";
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, xhr } = event.detail;
    if (HEADER in requestConfig.headers && xhr.status >= 400) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { requestConfig, xhr, successful } = event.detail;
    if (xhr && xhr.status > 0) heard = Date.now();
    if (!requestConfig || !(HEADER in requestConfig.headers)) { show(); return; }
    const waiting = known.get(requestConfig.elt.id);
    if (!waiting) return;
    waiting.busy = false;
    // A server that is slow is not asked more often for it.
    const took = Date.now() - waiting.began;
    waiting.pause = took > 1000 ? Math.min(POLL_MS, 2 * took) : PAUSE_MS;
    if (successful) waiting.cases.clear();
    else waiting.stale = true;
    // Only now, after the swap, and without a loop while the server is away: then the clock below asks again.
    window.setTimeout(() => {
      const part = document.getElementById(requestConfig.elt.id);
      if (part && successful && waiting.stale) look(part);
      const bar = part && part.previousElementSibling;
      if (bar && bar.matches("[data-live-bar]") && !waiting.stale) bar.remove();
    }, 0);
    show();
  });
  // The last box was unticked, the field was left: what waited is shown.
  ["change", "focusout"].forEach((name) => document.addEventListener(name, (event) => {
    const part = event.target.closest && event.target.closest("[data-live]");
    if (part && part.id && of(part).stale) window.setTimeout(() => { if (part.isConnected && of(part).stale) look(part); }, 0);
  }));

  // -- The line, and how it is. ---------------------------------------------------------------------------------------
  let away = 0;
  function show() {
    away = navigator.onLine ? 0 : away || Date.now();
    if (away) setLine("lost", away);
    else if (state.state === "live") setLine("live", state.since);
    else if (heard > state.since + 1500) setLine("polling", state.since);
    else setLine("lost", state.since);
  }
  function told(message) {
    if (message.cursor) cursor = message.cursor;
    if (message.kind === "state") {
      state = message;
      show();
      if (message.state === "live") parts().forEach((part) => { if (of(part).stale) look(part); });
    } else if (message.kind === "reset") lookAll();
    else if (message.kind === "event") {
      document.dispatchEvent(new CustomEvent("liandong:event", { detail: message.item }));
      parts().filter((part) => concerns(part, message.item)).forEach((part) => { of(part).cases.add(message.item.case || message.item.no); look(part); });
    } else if (message.kind === "hello") {
      // Steps of registers carry no cursor: what was taken while there was no line is found by asking once.
      parts().filter((part) => part.dataset.liveRegister).forEach(look);
    }
  }
  function listen() {
    const { stream, events, worker, user } = body.dataset;
    if (!stream || line) return;
    line = window.liandong.line(stream, (events || "").split(" ").filter(Boolean), cursor, worker, user, told);
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      if (line && !line.shared) { line.close(); line = null; }
      return;
    }
    listen();
    parts().forEach((part) => { if (of(part).stale || Date.now() - of(part).began > POLL_MS) look(part); });
  });
  window.addEventListener("offline", () => { if (line) line.lose(); show(); });
  window.addEventListener("online", show);
  document.addEventListener("liandong:again", () => { if (line) line.hurry(); lookAll(); });
  (function clock() {
    const wait = (state.state === "live" ? SLOW_MS : POLL_MS) * (0.8 + 0.4 * Math.random());
    window.setTimeout(() => { lookAll(); show(); clock(); }, wait);
  })();

  listen();
})();
