// The duty office's pages: clocks that tick from the server's due instants, a ruling that fills itself from a clause,
// lists that never throw away what somebody is typing. No inline code; every word comes from the page.
(function () {
  "use strict";
  const { one, all } = window.liandong;

  // -- Time: the server's, whatever this machine's clock says. -----------------------------------------------------
  let offset = 0;
  let words = {};
  function learn() {
    const source = one("[data-now]");
    if (!source) return;
    offset = Number(source.dataset.now) - Date.now();
    words = JSON.parse(source.dataset.words);
  }
  const now = () => Date.now() + offset;
  const two = (number) => String(number).padStart(2, "0");
  const put = (phrase, values) => phrase.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function digits(milliseconds) {
    const seconds = Math.floor(Math.abs(milliseconds) / 1000);
    const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60, rest = seconds % 60;
    if (hours >= 24) return "";
    return hours ? hours + ":" + two(minutes) + ":" + two(rest) : two(minutes) + ":" + two(rest);
  }
  function length(milliseconds) {
    const minutes = Math.floor(Math.abs(milliseconds) / 60000);
    const days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60) % 24, rest = minutes % 60;
    if (days) return put(words.days, { n: days }) + (hours ? put(words.hours, { n: hours }) : "");
    if (hours) return put(words.hours, { n: hours }) + (rest ? put(words.minutes, { n: rest }) : "");
    return rest ? put(words.minutes, { n: rest }) : words.less;
  }

  // Digits every second for the eye; the words beside them change once a minute, so that a screen reader is not flooded.
  const WARN = [5 * 60000, 60000, 0];
  const last = new Map();
  function tick() {
    all("[data-due]").forEach((count) => {
      const left = Number(count.dataset.due) - now();
      const shown = one("[data-digits]", count);
      const clock = digits(left);
      if (shown) shown.textContent = clock && left < 0 ? "+" + clock : clock;
      const said = put(left < 0 ? words.late : words.left, { time: length(left) });
      const text = one("[data-said]", count);
      if (text && text.textContent !== said) text.textContent = said;
      if (left < 0 && !count.classList.contains("standing-overdue")) {
        count.classList.remove("standing-running", "standing-soon");
        count.classList.add("standing-overdue");
      }
      announce(count, left, said);
    });
    all("[data-elapsed]").forEach((since) => {
      const said = length(now() - Date.parse(since.dataset.elapsed));
      if (since.textContent !== said) since.textContent = said;
    });
  }
  function announce(count, left, said) {
    const place = one("[data-announce]");
    const report = count.closest("[data-report]");
    if (!place || !report) return;
    const before = last.get(count.dataset.due);
    last.set(count.dataset.due, left);
    if (before !== undefined && WARN.some((limit) => before > limit && left <= limit)) {
      place.textContent = one("h3", report).textContent + "：" + said;
    }
  }

  // -- A list that refreshes itself must not throw away what is being typed or chosen. -----------------------------
  const changed = (field) => field.type === "checkbox" || field.type === "radio"
    ? field.checked !== field.defaultChecked
    : field.type !== "hidden" && field.value !== field.defaultValue;
  const dirty = (root) => all("input,textarea", root).some(changed);
  document.addEventListener("htmx:beforeRequest", (event) => {
    const list = event.detail.elt;
    if (list.matches && list.matches("[data-live]") && dirty(list)) event.preventDefault();
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const target = event.detail.target;
    if (target && (dirty(target) || target.contains(document.activeElement))) event.detail.shouldSwap = false;
  });

  // -- The ruling: a chosen clause fills unit and basis; what a person wrote stays. ---------------------------------
  let filled = {};
  function fill(field, value) {
    if (!field) return;
    if (!field.value.trim() || field.value === field.defaultValue || field.value === filled[field.name]) {
      field.value = value;
      filled[field.name] = value;
    }
  }
  document.addEventListener("change", (event) => {
    const choice = event.target.closest(".clause-choice input");
    if (choice) {
      const form = choice.form;
      form.elements.unit.value = choice.dataset.unit;
      fill(form.elements.ruling, choice.dataset.ruling);
      fill(form.elements.basis, choice.dataset.basis);
    }
    const way = event.target.closest("input[name=way]");
    if (way) supervising(way.form);
  });
  function supervising(form) {
    const chosen = form.elements.way.value === "supervise";
    all(".only-supervise", form).forEach((part) => { part.hidden = !chosen; });
  }

  // -- Finding one of fifty units in a list of boxes. ----------------------------------------------------------------
  document.addEventListener("input", (event) => {
    const find = event.target.closest("[data-find]");
    if (!find) return;
    const wanted = find.value.trim().toLowerCase();
    all("label", document.getElementById(find.dataset.find)).forEach((label) => {
      const box = one("input", label);
      label.hidden = Boolean(wanted) && !box.checked && !label.textContent.toLowerCase().includes(wanted);
    });
  });
  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-close-act]");
    const act = one("#act");
    if (!close || !act || !one("#overview")) return;
    event.preventDefault();
    const empty = document.createElement("div");
    empty.id = "act";
    act.replaceWith(empty);
  });

  function prepare() {
    learn();
    all("form").filter((form) => form.elements.way).forEach(supervising);
    if (one("[data-now]")) tick();
  }
  document.addEventListener("htmx:afterSettle", prepare);
  document.addEventListener("DOMContentLoaded", prepare);
  window.setInterval(() => { if (words.left) tick(); }, 1000);
  window.liandong.serverNow = now;
})();
