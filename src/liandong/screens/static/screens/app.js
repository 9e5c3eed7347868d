// What the pages do in the browser: one sending at a time, a lost connection, drafts, live lists. No inline code.
(function () {
  "use strict";
  const one = (selector, root) => (root || document).querySelector(selector);
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  // -- A lost connection: say so, keep everything typed, send the same form (same key) again on request. ----------
  let failed = null;
  const lost = one("#lost");
  function showLost(kind) {
    const text = one("[data-lost-text]", lost);
    text.textContent = text.dataset[kind];
    lost.hidden = false;
    setLine(false);
  }
  function setLine(on) {
    const line = one("[data-line]");
    if (!line) return;
    line.classList.toggle("off", !on);
    const chinese = document.documentElement.lang !== "en";
    one("[data-line-text]", line).textContent = on ? (chinese ? "已连接" : "Connected") : (chinese ? "连接中断" : "Offline");
  }
  function release(form) {
    all("button[data-busy]", form).forEach((button) => { button.disabled = false; delete button.dataset.busy; });
  }
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => {
    document.addEventListener(name, (event) => {
      const source = event.detail.elt;
      const form = source.closest ? source.closest("form[data-command]") : null;
      if (form) { failed = form; release(form); }
      if (form || name !== "htmx:responseError") showLost(name === "htmx:responseError" ? "error" : "offline");
    });
  });
  // A whole page where a part was expected (an expired token, a page that says no) must not replace what was typed.
  let expired = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig.elt;
    const whole = /^\s*<!doctype/i.test(event.detail.xhr.responseText || "");
    if (!whole || event.detail.xhr.status < 400 || !form.matches("form[data-command]")) return;
    event.detail.shouldSwap = false;
    expired = true;
    release(form);
    showLost("expired");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr && event.detail.xhr.status > 0 && !expired) {
      if (event.detail.xhr.status < 500) lost.hidden = true;
      setLine(true);
    }
  });
  window.addEventListener("offline", () => showLost("offline"));
  window.addEventListener("online", () => { if (!failed) lost.hidden = true; setLine(true); refresh(); });
  one("[data-retry]", lost).addEventListener("click", () => {
    if (expired) { window.location.reload(); return; }
    const form = failed;
    failed = null;
    if (form && document.contains(form)) form.requestSubmit();
    else { lost.hidden = navigator.onLine; refresh(); }
  });

  // -- One sending at a time; the server's one-time key holds even where this does not. ---------------------------
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches || !form.matches("form[data-command]")) return;
    all("button[type=submit]", form).forEach((button) => { button.disabled = true; button.dataset.busy = "1"; });
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const target = event.detail.elt;
    const alert = one("[data-focus]", target);
    if (alert) { alert.focus(); alert.scrollIntoView({ block: "nearest" }); }
    prepare(target);
  });
  window.addEventListener("pageshow", (event) => {
    all("button[data-busy]").forEach((button) => { button.disabled = false; delete button.dataset.busy; });
    if (event.persisted) window.location.reload();
  });

  // -- Drafts: what a call-taker types survives a closed tab, until the server has it. -----------------------------
  // They are kept by person and machine, and a person who signs out takes them along.
  function draftName(form) { return "draft:" + (document.body.dataset.user || "") + ":" + form.dataset.draft; }
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    const done = event.detail.xhr && event.detail.xhr.getResponseHeader("HX-Redirect");
    if (done && !done.startsWith("/login") && form.matches && form.matches("form[data-draft]")) {
      forget(form);
      form.dataset.sent = "1";
    }
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[action='/logout']")) return;
    Object.keys(localStorage).filter((key) => key.startsWith("draft:")).forEach((key) => localStorage.removeItem(key));
  });
  function keep(form) {
    if (form.dataset.sent) return;
    const values = {};
    all("input,select,textarea", form).forEach((field) => {
      if (!field.name || field.type === "hidden" || field.type === "file") return;
      if ((field.type === "radio" || field.type === "checkbox") && !field.checked) return;
      if (field.value) values[field.name] = field.value;
    });
    const text = values.content || values.summary || values.text;
    if (text) localStorage.setItem(draftName(form), JSON.stringify(values));
    else localStorage.removeItem(draftName(form));
  }
  function restore(form) {
    const stored = localStorage.getItem(draftName(form));
    if (!stored || form.dataset.filled === "1") return;
    const values = JSON.parse(stored);
    all("input,select,textarea", form).forEach((field) => {
      if (!(field.name in values)) return;
      if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === values[field.name];
      else field.value = values[field.name];
    });
    const note = one("[data-draft-note]", form);
    if (note) note.hidden = false;
    const content = one("[name=content]", form);
    if (content && window.htmx) window.htmx.trigger(content, "input");
  }
  function forget(form) { localStorage.removeItem(draftName(form)); }

  // -- Small helps inside forms. ------------------------------------------------------------------------------------
  function prepare(root) {
    all("form[data-draft]", root).forEach((form) => {
      if (form.dataset.ready) return;
      form.dataset.ready = "1";
      restore(form);
      form.addEventListener("input", () => keep(form));
      form.addEventListener("change", () => keep(form));
    });
  }
  document.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-draft-drop]");
    if (drop) { const form = drop.closest("form"); forget(form); window.location.reload(); return; }
    const pick = event.target.closest("[data-pick]");
    if (pick) {
      const form = one("form[data-command=dispatch]") || one("form[data-command=register]");
      const values = JSON.parse(pick.dataset.pick);
      Object.keys(values).forEach((name) => {
        const field = form && form.elements[name];
        if (!field) return;
        field.value = values[name];
        field.dispatchEvent(new Event("change", { bubbles: true }));
      });
      all("[data-pick]").forEach((other) => other.setAttribute("aria-pressed", String(other === pick)));
      const next = form && (form.elements["class"] || form.elements["basis"]);
      if (next && next.focus) next.focus();
      return;
    }
    const every = event.target.closest("[data-check-all]");
    if (every) all("input[name=" + every.dataset.checkAll + "]").forEach((box) => { box.checked = every.checked; });
  });
  // A matter belongs to a unit: the choice of matters follows the chosen unit.
  document.addEventListener("change", (event) => {
    if (event.target.name !== "lead_unit") return;
    const matter = event.target.form.elements.matter;
    if (!matter || !matter.options) return;
    let kept = false;
    all("optgroup", matter).forEach((group) => {
      const fits = !event.target.value || group.dataset.units.split(" ").includes(event.target.value);
      group.hidden = !fits;
      all("option", group).forEach((option) => { option.disabled = !fits; if (fits && option.selected) kept = true; });
    });
    if (!kept) matter.value = "";
  });

  // -- Live lists: the stream where there is one, else every 15 seconds; never while somebody is choosing. ----------
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

  document.addEventListener("DOMContentLoaded", () => { prepare(document); listen(); });
  if (document.readyState !== "loading") { prepare(document); listen(); }
})();
