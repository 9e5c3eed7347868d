// The desk by keyboard: one key for each outcome of a call, moving in the queues, the list of keys. Nothing is heeded
// while an input method composes, and no combination that browsers or their menus keep for themselves (Alt+digits,
// Alt+D/E/F/S/T/B/H, Ctrl+letters).
(function () {
  "use strict";
  const { one, all, calls, call } = window.liandong;
  const WAIT_MS = 1500;
  const sheet = one("#keys");

  // -- Sending. -----------------------------------------------------------------------------------------------------
  function submit(outcome) {
    call.field("outcome").value = outcome;
    call.form().requestSubmit();
  }
  let waiting = false;
  async function settled() {
    // What was typed last is looked at before it goes: a doubt must have its chance to be seen.
    if (call.settled()) return true;
    const unit = call.unit();
    const answered = !call.answers().includes("");
    call.look();
    const until = Date.now() + WAIT_MS;
    while (!call.settled() && Date.now() < until && navigator.onLine) await new Promise((resolve) => window.setTimeout(resolve, 20));
    if (answered && call.answers().includes("")) return false; // a doubt came: the page says so already
    if (unit && unit !== call.unit()) call.hint(call.words.dataset.changed);
    return !unit || unit === call.unit();
  }
  let policeSure = false;
  async function send(outcome) {
    if (calls.busy() || waiting) return;
    waiting = true;
    const same = await settled();
    waiting = false;
    if (!same && (outcome === "dispatch" || call.answers().includes(""))) return;
    const wrong = call.missing(outcome === "police" || outcome.includes(":") ? "register" : outcome);
    if (wrong) {
      call.hint(wrong[0]);
      const target = wrong[1] && call.field(wrong[1]);
      if (target) (target.focus ? target : target[0]).focus();
      return;
    }
    if (outcome === "police") {
      const calm = !call.doubtful() && call.answers().every((value) => value === "no");
      if (calm && !policeSure) { policeSure = true; call.hint(call.words.dataset.police); return; }
    }
    policeSure = false;
    call.hint("");
    submit(outcome === "police" ? "to_police" : outcome);
  }
  const answering = () => !one("[data-answer]", call.form()).hidden;
  const ACTS = {
    dispatch: () => send(answering() ? "answer" : "dispatch"),
    police: () => send("police"),
    register: () => send("register"),
    answer: () => { call.openAnswer(!answering()); (answering() ? call.field("text") : call.field("content")).focus(); },
    "quick-no": () => call.quickNo(),
    park: () => { if (calls.holds()) calls.park(); else calls.next(); },
    "put-back": () => { calls.discard(); },
    help: () => { if (sheet.open) sheet.close(); else sheet.showModal(); },
    next: () => take(),
    unit: () => call.nextUnit(),
    words: () => call.field("content").focus(),
    work: () => { const items = all("[data-item]"); (items[0] || one("#tabs a[aria-current]")).focus(); },
  };
  let wanted = false; // another queue is shown: the waiting ones are fetched first
  function take() {
    const waits = one("#items [data-take]");
    wanted = !waits && !one("#t-triage").hasAttribute("aria-current");
    if (waits) waits.click();
    else if (wanted) one("#t-triage").click();
  }

  // -- Keys. --------------------------------------------------------------------------------------------------------
  const ALT = { KeyP: "police", KeyG: "register", KeyR: "answer", KeyN: "quick-no", KeyU: "unit", KeyI: "words", KeyM: "park", KeyO: "next", KeyW: "work" };
  const CYCLE = { KeyJ: 0, KeyK: 1, KeyL: 2 };
  const LETTER = { n: "no", y: "yes", u: "unknown" };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
    const typing = event.target.matches("textarea,select,input:not([type=radio]):not([type=checkbox])");
    if (event.key === "F1" || (plain && event.key === "?" && !typing)) { event.preventDefault(); ACTS.help(); return; }
    if (sheet.open) return;
    if (event.key === "Enter" && event.ctrlKey && !event.altKey) { event.preventDefault(); ACTS.dispatch(); return; }
    if (event.altKey && !event.ctrlKey && !event.metaKey) {
      if (event.code in CYCLE) { event.preventDefault(); call.cycle(call.QUESTIONS[CYCLE[event.code]]); }
      else if (event.code in ALT) { event.preventDefault(); ACTS[ALT[event.code]](); }
      return;
    }
    if (!plain) return;
    if (event.key === "Enter" && event.target.matches("#form input:not([type=checkbox])")) { event.preventDefault(); following(event.target); return; }
    const question = event.target.closest("[data-question]");
    if (question && event.key.toLowerCase() in LETTER) {
      event.preventDefault();
      call.answer(question.dataset.question, LETTER[event.key.toLowerCase()]);
      following(event.target);
      return;
    }
    if (event.target.closest("#work")) inWork(event);
  });
  function following(from) {
    // Radio buttons of one question are one stop, as with Tab.
    const stops = all("textarea,input,select,button", call.form()).filter((field) => field.type !== "hidden" && !field.matches(":disabled") && field.offsetParent);
    const question = from.closest("[data-question]");
    const last = question ? all("input", question).pop() : from;
    const next = stops[stops.indexOf(last) + 1];
    if (!next) return;
    const same = next.type === "radio" ? all("input[name=" + next.name + "]", call.form()) : [];
    (same.find((radio) => radio.checked) || next).focus();
  }
  function inWork(event) {
    const lines = all("[data-item]");
    const at = lines.indexOf(event.target.closest("[data-item]"));
    const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    const turn = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) { event.preventDefault(); const line = lines[Math.min(lines.length - 1, Math.max(0, at + step))]; if (line) line.focus(); }
    else if (turn) {
      event.preventDefault();
      const tabs = all("#tabs a");
      const here = tabs.findIndex((tab) => tab.hasAttribute("aria-current"));
      const tab = tabs[(here + turn + tabs.length) % tabs.length];
      tab.focus();
      tab.click();
    } else if (event.key === "Escape") { event.preventDefault(); ACTS.words(); }
  }
  document.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]");
    if (act) { event.preventDefault(); ACTS[act.dataset.act](); return; }
    const join = event.target.closest("[data-join]");
    if (join) send(join.dataset.join);
  });

  // -- A live list: what came in is said once; a list one moves in refreshes too and keeps its place. ---------------
  let known = new Set(all("#items [data-take]").map((item) => item.dataset.no));
  let queue = one("#work").getAttribute("hx-get");
  let focused = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "work") focused = event.detail.target.contains(document.activeElement) ? document.activeElement.id : "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const work = one("#work");
    if (!event.detail.target || event.detail.target.id !== "work") return;
    if (focused) {
      const back = document.getElementById(focused) || one("[data-item]") || one("#tabs a[aria-current]");
      if (back && document.activeElement !== back) back.focus();
      focused = "";
    }
    const items = all("#items [data-take]");
    if (work.getAttribute("hx-get") === queue) {
      items.filter((item) => !known.has(item.dataset.no)).forEach((item) => {
        item.classList.add("item-new");
        call.say(call.words.dataset.arrived + one("b", item).textContent);
      });
    }
    queue = work.getAttribute("hx-get");
    known = new Set(items.map((item) => item.dataset.no));
    if (wanted) { wanted = false; if (items[0]) items[0].click(); }
  });
  let again = null;
  document.addEventListener("liandong:event", () => {
    window.clearTimeout(again);
    again = window.setTimeout(() => { if (!document.hidden && one("#work").contains(document.activeElement)) window.htmx.trigger("#work", "refresh"); }, 400);
  });
  document.addEventListener("htmx:afterSettle", () => { // a new form is ready: htmx knows its parts only now
    const place = call.form();
    if (place.dataset.ready || place.dataset.result === "blank") return;
    place.dataset.ready = "1";
    if (place.dataset.result === "taken") { call.look(); call.field("content").focus(); }
    if (place.dataset.result === "refused") { place.dataset.person = "1"; call.look(); }
  });
})();
