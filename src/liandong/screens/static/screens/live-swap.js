// What survives when a live part is swapped: focus, place on the screen, ticked boxes, open details. And what is told of
// it: rows that are new or changed are marked with a word for some seconds and announced politely.
(function () {
  "use strict";
  const { one, all } = window.liandong;
  const MARK_MS = 8000;
  const said = one("#live");
  let before = null;
  let fresh = new Map();
  let counted = { new: 0, changed: 0 };
  let telling = 0;

  const rows = (part) => new Map(all("[data-no]", part).map((row) => [row.dataset.no, row]));
  // What a row says apart from times, which run on by themselves.
  function words(row) {
    const copy = row.cloneNode(true);
    all("time, .standing, [data-fresh]", copy).forEach((element) => element.remove());
    return copy.textContent.replace(/\s+/g, " ").trim();
  }
  const written = (root) => all("textarea[name], input[name]:not([type]), input[name][type=text]", root);
  const focusable = (root) => all("a[href], button, input, select, textarea, summary, [tabindex]", root);
  function snapshot(part) {
    const shown = rows(part);
    const active = part.contains(document.activeElement) ? document.activeElement : null;
    const row = active && active.closest("[data-no]");
    const top = Array.from(shown.values()).find((each) => each.getBoundingClientRect().bottom > 60);
    const near = row || (window.scrollY > 40 ? top : null);
    return {
      id: part.id,
      words: new Map(Array.from(shown, ([no, each]) => [no, words(each)])),
      focus: active && { no: row ? row.dataset.no : "", at: focusable(row || part).indexOf(active), self: row === active, id: active.id },
      anchor: near && { no: near.dataset.no, top: near.getBoundingClientRect().top },
      ticked: new Set(all("input[type=checkbox]:checked, input[type=radio]:checked", part).map((box) => box.name + "=" + box.value)),
      typed: written(part).filter((field) => field.value !== field.defaultValue).map((field) => [field.name, field.value]),
      open: all("details[open][id]", part).map((details) => details.id),
      scrolled: [part, ...all("*", part)].map((element, n) => [n, element.scrollTop, element.scrollLeft]).filter(([, top, left]) => top || left),
    };
  }
  function restore(part, was) {
    all("input[type=checkbox], input[type=radio]", part).forEach((box) => { if (was.ticked.has(box.name + "=" + box.value)) box.checked = true; });
    was.typed.forEach(([name, value]) => { const field = written(part).find((each) => each.name === name); if (field) field.value = value; });
    was.open.forEach((id) => { const details = document.getElementById(id); if (details) details.open = true; });
    const elements = [part, ...all("*", part)];
    was.scrolled.forEach(([n, top, left]) => { if (elements[n]) { elements[n].scrollTop = top; elements[n].scrollLeft = left; } });
    const shown = rows(part);
    const anchor = was.anchor && shown.get(was.anchor.no);
    if (anchor) {
      const moved = anchor.getBoundingClientRect().top - was.anchor.top;
      if (Math.abs(moved) > 1) window.scrollBy({ top: moved, behavior: "instant" });
    }
    if (!was.focus || part.contains(document.activeElement)) return;
    const row = was.focus.no ? shown.get(was.focus.no) : part;
    const next = row && (was.focus.self ? row : focusable(row)[was.focus.at]);
    if (next) next.focus({ preventScroll: true });
    else { part.tabIndex = -1; part.focus({ preventScroll: true }); }
  }
  function mark(part) {
    const now = Date.now();
    fresh.forEach((one, no) => { if (one.until < now) fresh.delete(no); });
    rows(part).forEach((row, no) => {
      const found = fresh.get(no);
      if (!found || found.part !== part.id) return;
      const badge = document.createElement("span");
      badge.className = "mark mark-fresh";
      badge.dataset.fresh = "";
      badge.textContent = said.dataset[found.kind === "new" ? "badgeNew" : "badgeChanged"];
      (one(".what a, b", row) || row).before(badge, " ");
      row.classList.add("is-fresh");
      window.setTimeout(() => { badge.remove(); row.classList.remove("is-fresh"); }, found.until - now);
    });
  }
  function tell() {
    const texts = [];
    if (counted.new) texts.push(said.dataset.new.replace("{n}", counted.new));
    if (counted.changed) texts.push(said.dataset.changed.replace("{n}", counted.changed));
    counted = { new: 0, changed: 0 };
    said.textContent = texts.join(said.dataset.comma);
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, shouldSwap } = event.detail;
    const part = shouldSwap && "X-Liandong-Live" in requestConfig.headers && document.getElementById(requestConfig.elt.id);
    before = part ? snapshot(part) : null;
  });
  document.addEventListener("htmx:afterSwap", () => {
    const was = before;
    const part = was && document.getElementById(was.id);
    before = null;
    if (!part) return;
    if (was.words.size || rows(part).size) {
      rows(part).forEach((row, no) => {
        const kind = !was.words.has(no) ? "new" : was.words.get(no) !== words(row) ? "changed" : "";
        if (!kind) return;
        fresh.set(no, { kind, part: part.id, until: Date.now() + MARK_MS });
        if (!("liveQuiet" in part.dataset)) counted[kind] += 1;
      });
      mark(part);
    }
    restore(part, was);
    if ((counted.new || counted.changed) && !telling) telling = window.setTimeout(() => { telling = 0; tell(); }, 1000);
  });
})();
