// What every page does in the browser: one sending at a time, a lost connection, small helps inside forms. No inline
// code. Drafts are in drafts.js, the live stream in live.js; what all of them need is shared as ``window.liandong``.
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
  }
  // How this page learns what happens: live, polling or lost, and since when.
  function setLine(state, since) {
    const line = one("[data-line]");
    if (!line) return;
    const { dataset } = line;
    const at = new Date(since || Date.now()).toLocaleTimeString("zh-CN", { timeZone: dataset.zone, hour: "2-digit", minute: "2-digit", hour12: false });
    const name = dataset["text" + state[0].toUpperCase() + state.slice(1)];
    const text = state === "live" ? name : name + " · " + dataset.since.replace("{t}", at);
    dataset.state = state;
    line.title = name + " · " + dataset.since.replace("{t}", at);
    const shown = one("[data-line-text]", line);
    if (shown.textContent !== text) shown.textContent = text;
  }
  function release(form) {
    all("button[data-busy]", form).forEach((button) => { button.disabled = false; delete button.dataset.busy; });
  }
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => {
    document.addEventListener(name, (event) => {
      // A part inside a form (a live list, a search) is not the form: a retry must not send what nobody sent.
      const source = event.detail.elt;
      const form = source.matches && source.matches("form[data-command]") ? source : null;
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
      // What did get through says nothing of a form that did not: its banner stays until it was sent or is gone.
      const through = event.detail.xhr.status < 500;
      if (failed && (!failed.isConnected || (through && failed === event.detail.elt))) failed = null;
      if (through && !failed) lost.hidden = true;
    }
  });
  window.addEventListener("offline", () => showLost("offline"));
  window.addEventListener("online", () => { if (!failed) lost.hidden = true; document.dispatchEvent(new Event("liandong:again")); });
  one("[data-retry]", lost).addEventListener("click", () => {
    if (expired) { window.location.reload(); return; }
    const form = failed;
    failed = null;
    if (form && document.contains(form)) form.requestSubmit();
    else { lost.hidden = navigator.onLine; document.dispatchEvent(new Event("liandong:again")); }
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
  });
  window.addEventListener("pageshow", (event) => {
    all("button[data-busy]").forEach((button) => { button.disabled = false; delete button.dataset.busy; });
    if (event.persisted) window.location.reload();
  });

  // -- Small helps inside forms. ------------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-pick]");
    if (pick) {
      const form = one("form[data-command=dispatch]") || one("form[data-command=register]");
      const values = JSON.parse(pick.dataset.pick);
      Object.keys(values).forEach((name) => {
        const field = form && form.elements[name];
        if (!field) return;
        field.value = values[name];
        (field.dispatchEvent ? field : field[0]).dispatchEvent(new Event("change", { bubbles: true })); // radios come as a list
      });
      all("[data-pick]").forEach((other) => other.setAttribute("aria-pressed", String(other === pick)));
      const next = form && (form.elements["class"] || form.elements["basis"]);
      if (next && next.focus) next.focus();
      return;
    }
    const every = event.target.closest("[data-check-all]");
    if (every) all("input[name=" + every.dataset.checkAll + "]").forEach((box) => { box.checked = every.checked; });
    else if (event.target.matches("input[type=checkbox]")) sayAll();
  });
  function sayAll() { // "all" is ticked exactly where all are
    all("[data-check-all]").forEach((every) => {
      const boxes = all("input[name=" + every.dataset.checkAll + "]");
      every.checked = boxes.length > 0 && boxes.every((box) => box.checked);
    });
  }
  sayAll();
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

  // -- Menus close at a click beside them and at Escape; «/» goes to the search where nothing is being typed. ----------
  document.addEventListener("click", (event) => {
    all("details[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape") {
      all("details[data-menu][open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
    }
    const find = one("[data-find]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !find) return;
    if (event.target.closest("input,select,textarea,[contenteditable]") || !find.offsetParent) return;
    event.preventDefault();
    find.focus();
  });

  window.liandong = { one, all, setLine };
})();
