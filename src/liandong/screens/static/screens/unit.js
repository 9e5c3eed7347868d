// A unit's inbox in the browser: the case beside the list, signing one or many, the count of unsigned in the title.
// Sounds and notices are in alerts.js, helps inside forms in unit_forms.js. No inline code.
(function () {
  "use strict";
  const { one, all } = window.liandong;
  const RECEIVER = "liandong.receiver:" + (document.body.dataset.user || "");
  const title = document.title;
  const panel = one("#panel");
  let opener = null;

  const again = () => document.dispatchEvent(new Event("liandong:again"));
  const row = (no) => one(`#list [data-no="${CSS.escape(no)}"]`);
  const shown = () => { const body = one("[data-panel]", panel); return body ? body.dataset.panel : ""; };

  // -- The panel: a case beside the list on a desk, over it on a phone. -------------------------------------------------
  function mark() {
    all("#list [data-no]").forEach((each) => {
      if (!panel.hidden && each.dataset.no === shown()) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    });
  }
  function show() {
    const first = panel.hidden;
    panel.hidden = false;
    document.body.classList.add("panel-open");
    if (first) window.history.pushState({ panel: true }, "");
    mark();
    panel.scrollTop = 0;
    panel.focus({ preventScroll: true });
  }
  function hide() {
    if (panel.hidden) return;
    const no = shown();
    panel.hidden = true;
    panel.replaceChildren();
    document.body.classList.remove("panel-open");
    mark();
    const back = (no && row(no) && one("[data-open]", row(no))) || (opener && opener.isConnected ? opener : null) || one("#list [data-open]");
    if (back) back.focus({ preventScroll: true });
  }
  const close = () => { if (window.history.state && window.history.state.panel) window.history.back(); else hide(); };
  const load = (no) => window.htmx.ajax("GET", "/unit/cases/" + encodeURIComponent(no), { target: "#panel", swap: "innerHTML" });
  window.addEventListener("popstate", hide);
  document.addEventListener("click", (event) => {
    const open = event.target.closest("[data-open]");
    if (open) opener = open;
    if (event.target.closest("[data-close-panel]")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden && !event.target.matches("input, textarea, select")) close();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === panel) show();
  });
  // A case that is no longer this unit's, or a page that says no: the list knows better.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== panel || event.detail.xhr.status < 400) return;
    event.detail.shouldSwap = false;
    hide();
    again();
  });
  // What a form in the panel has done leads to the case's page; here the panel and the list show it instead.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const to = event.detail.xhr.getResponseHeader("HX-Redirect");
    if (!to || to.startsWith("/login") || !panel.contains(event.detail.elt)) return;
    event.preventDefault();
    // First the panel, which says what was done; then the list.
    if (to.startsWith("/cases/")) load(shown()).then(again);
    else { close(); again(); }
  });

  // -- Signing: one tap on a row, or several at once. ----------------------------------------------------------------
  const boxes = () => all("#list input[name=no]");
  function count() {
    const chosen = boxes().filter((box) => box.checked).length;
    const shownCount = one("[data-chosen-count]");
    if (shownCount) { shownCount.hidden = !chosen; shownCount.textContent = String(chosen); }
    document.body.classList.toggle("choosing", chosen > 0);
  }
  document.addEventListener("change", (event) => { if (event.target.matches("#list input[type=checkbox]")) count(); });
  document.addEventListener("click", (event) => { if (event.target.matches("[data-check-all]")) window.setTimeout(count, 0); });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches || !form.matches("[data-sign], [data-sign-panel]") || !event.detail.successful) return;
    all("button[data-busy]", form).forEach((button) => { button.disabled = false; delete button.dataset.busy; });
    const said = one("[data-signed]", event.detail.target);
    if (!said) return;
    boxes().forEach((box) => { box.checked = false; });
    all("[data-check-all]").forEach((box) => { box.checked = false; });
    count();
    const no = shown();
    if (no && form.matches("[data-sign-panel]")) {
      const words = Array.from(event.detail.target.childNodes);
      load(no).then(() => { const place = one("#panel-said"); if (place) place.replaceChildren(...words); });
    } else if (no) load(no);
    again();
  });

  // A one-tap signing that did not get through becomes a chosen row: the retry sends the same case with the same key.
  let tapped = "";
  document.addEventListener("click", (event) => { const tap = event.target.closest("#list button[name=one]"); tapped = tap ? tap.value : event.target.closest("[data-sign-many]") ? "" : tapped; });
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => document.addEventListener(name, (event) => {
    if (!tapped || !event.detail.elt.matches("[data-sign]")) return;
    boxes().forEach((box) => { box.checked = box.value === tapped; });
    count();
  }));

  // Who signs is remembered on this machine for this account: duty phones change hands.
  const receiver = one("#receiver");
  const named = () => receiver && localStorage.setItem(RECEIVER, receiver.value.trim());
  if (receiver) {
    if (localStorage.getItem(RECEIVER)) receiver.value = localStorage.getItem(RECEIVER);
    receiver.addEventListener("change", named);
  }
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.matches("[data-sign-panel]") && receiver && receiver.value.trim()) event.detail.parameters.receiver = receiver.value.trim();
  });

  // -- How many are unsigned: in the title, beside the groups, in the bar. ---------------------------------------------
  function unsigned() {
    const tabs = one("#tabs");
    const number = Number((tabs && tabs.dataset.unsigned) || 0);
    document.title = (number ? "(" + number + ") " : "") + title;
    const bar = one("#sign-bar");
    if (bar) bar.hidden = !number;
    document.body.classList.toggle("has-unsigned", number > 0);
    document.dispatchEvent(new CustomEvent("liandong:unsigned", { detail: number }));
  }
  document.addEventListener("htmx:afterSettle", () => { unsigned(); mark(); count(); });
  document.addEventListener("htmx:oobAfterSwap", unsigned);

  // A filter counts as soon as it is chosen; the address bar then holds it.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form) form.requestSubmit();
  });

  window.liandong.openCase = load;
  document.addEventListener("DOMContentLoaded", () => { unsigned(); count(); });
})();
