// The form of a call: what the machine proposes is filled in where no person chose, the three answers, what is missing.
// The machine adds doubt and never takes one away: a doubt withdraws answers given by one key and every preset unit.
(function () {
  "use strict";
  const { one, all, calls } = window.liandong;
  const form = () => one("form[data-call]");
  const words = one("#announce");
  const QUESTIONS = ["life", "property", "public"];
  const ORDER = ["no", "yes", "unknown"];
  const duties = JSON.parse(one("#duties").textContent);
  const field = (name) => form().elements[name];
  const say = (text) => { words.textContent = ""; window.setTimeout(() => { words.textContent = text; }, 30); };
  const hint = (text) => { one("[data-hint]", form()).textContent = text; };
  const panel = () => one("[data-panel]");
  const doubtful = () => Boolean(panel() && "doubtful" in panel().dataset) || Boolean(one("[data-doubt]", form()));

  // -- Three answers. -----------------------------------------------------------------------------------------------
  const answers = () => QUESTIONS.map((name) => field(name).value);
  function answer(name, value) {
    all("input[name=" + name + "]", form()).forEach((radio) => { radio.checked = radio.value === value; });
    delete form().dataset.quick;
    hint("");
    calls.keep();
  }
  function cycle(name) { answer(name, ORDER[(ORDER.indexOf(field(name).value) + 1) % ORDER.length]); }
  function quickNo() {
    if (doubtful()) { hint(words.dataset.slow); return; }
    QUESTIONS.forEach((name) => answer(name, "no"));
    form().dataset.quick = "1";
    calls.keep();
    say(words.dataset.quick);
  }

  // -- What is proposed. A person's own choice is never overwritten. ------------------------------------------------
  function choose(values, by) {
    const place = form();
    field("lead_unit").value = values.lead_unit || "";
    fitMatters();
    field("matter").value = values.matter || "";
    all("input[name=class]", place).forEach((radio) => { radio.checked = radio.value === values["class"]; });
    field("basis").value = values.basis || "";
    if (by === "person") place.dataset.person = "1";
    why();
    mark();
    calls.keep();
  }
  function fitMatters() {
    const unit = field("lead_unit").value;
    all("optgroup", field("matter")).forEach((group) => {
      const fits = !unit || group.dataset.units.split(" ").includes(unit);
      group.hidden = !fits;
      all("option", group).forEach((option) => { option.disabled = !fits; });
    });
  }
  function why() {
    const found = duties[field("matter").value];
    const reason = found && field("class").value === "special" ? found[2] : "";
    one("[data-class-why]", form()).textContent = reason;
    one("[data-class-why]", form()).hidden = !reason;
  }
  function mark() {
    all("#suggest [data-pick]").forEach((button) => {
      const values = JSON.parse(button.dataset.pick);
      button.setAttribute("aria-pressed", String(values.lead_unit === field("lead_unit").value && values.matter === field("matter").value));
    });
  }
  function nextUnit() {
    const picks = all("#suggest .suggest > .one [data-pick]");
    if (!picks.length) { hint(words.dataset.none); return; }
    const at = picks.findIndex((button) => button.getAttribute("aria-pressed") === "true");
    const pick = JSON.parse(picks[(at + 1) % picks.length].dataset.pick);
    choose(pick, "person");
    say(words.dataset.pick + unitName());
  }
  const unitName = () => { const unit = field("lead_unit"); return unit.value ? unit.options[unit.selectedIndex].text : ""; };

  document.addEventListener("change", (event) => {
    const place = form();
    if (!place || !place.contains(event.target)) return;
    const name = event.target.name;
    if (QUESTIONS.includes(name)) { delete place.dataset.quick; hint(""); }
    if (name === "kind") place.dataset.kindBy = "person";
    if (name === "place-township") place.dataset.townBy = "person";
    if (["lead_unit", "matter", "class", "basis"].includes(name)) place.dataset.person = "1";
    if (name === "lead_unit") fitMatters();
    if (name === "matter") {
      const found = duties[event.target.value];
      if (found) {
        field("basis").value = found[0];
        all("input[name=class]", place).forEach((radio) => { radio.checked = radio.value === found[1]; });
      }
    }
    if (name === "lead_unit" || name === "matter" || name === "class") { why(); mark(); }
    calls.keep();
  });
  document.addEventListener("click", (event) => {
    const pick = event.target.closest("#suggest [data-pick]");
    if (pick) choose(JSON.parse(pick.dataset.pick), "person");
    const entry = event.target.closest("[data-knowledge]");
    if (entry) {
      openAnswer(true);
      field("text").value = entry.dataset.text;
      field("knowledge").value = entry.dataset.knowledge;
      one("[data-knowledge-title]", form()).textContent = entry.dataset.title;
      field("text").focus();
      calls.keep();
    }
  });
  function openAnswer(on) { one("[data-answer]", form()).hidden = !on; }

  // -- The panel arrives. -------------------------------------------------------------------------------------------
  let asked = ""; // the words last sent to be looked at
  let seen = null; // the words whose answer stands on the page
  const said = () => [field("summary").value, field("content").value].join("\n");
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt.id === "asking") asked = said(); });
  document.addEventListener("htmx:beforeSwap", (event) => { // an answer about words that no longer stand there is not shown
    if (event.detail.target.id !== "suggest") return;
    const given = event.detail.requestConfig.formData || new FormData();
    if (!document.contains(event.detail.requestConfig.elt) || (given.get("content") || "").replace(/\r\n/g, "\n") !== field("content").value) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target && event.detail.target.id === "suggest") arrived();
  });
  function arrived() {
    const place = form();
    if (!panel() || !place) return;
    const data = panel().dataset;
    seen = asked;
    if (!place.dataset.kindBy && data.kind && !field("no").value) field("kind").value = data.kind;
    const town = field("place-township");
    if (!place.dataset.townBy && data.town && all("option", town).some((option) => option.value === data.town)) {
      if (!town.value || place.dataset.townAuto === town.value) {
        town.value = data.town;
        place.dataset.townAuto = data.town;
      }
    }
    if (doubtful()) {
      if (place.dataset.quick) {
        QUESTIONS.forEach((name) => all("input[name=" + name + "]", place).forEach((radio) => { radio.checked = false; }));
        delete place.dataset.quick;
        hint(words.dataset.withdrawn);
      } else say(words.dataset.danger);
    }
    if (!place.dataset.person) choose(data.preset ? JSON.parse(data.preset) : {}, "machine");
    else mark();
    if (!doubtful() && unitName()) say(words.dataset.pick + unitName());
    const quick = one("[data-act=quick-no]", place);
    quick.disabled = doubtful();
    calls.keep();
  }
  function look() { if (window.htmx) window.htmx.trigger("#asking", "look"); }

  // -- Before sending: what is missing is said here, before the caller's words travel. ------------------------------
  function missing(outcome) {
    if (!said().trim()) return [words.dataset.words, "content"];
    if (answers().includes("")) return [words.dataset.unanswered, QUESTIONS[answers().indexOf("")]];
    if (outcome === "answer" && !field("text").value.trim()) return [words.dataset.answer, "text"];
    if (outcome !== "dispatch") return null;
    if (answers().some((value) => value !== "no")) return [words.dataset.unsafe, null];
    if (["lead_unit", "matter", "class", "basis"].some((name) => !field(name).value)) return [words.dataset.unit, "lead_unit"];
    return null;
  }

  // The instant of the call is when its first word is written, by the server's clock, in the district's time.
  const offset = (/([+-])(\d\d):(\d\d)$/.exec(form().dataset.clock) || [0, "+", "08", "00"]).slice(1);
  const minutes = (offset[0] === "-" ? -1 : 1) * (Number(offset[1]) * 60 + Number(offset[2]));
  const ahead = Date.now() - Date.parse(form().dataset.clock);
  const present = () => new Date(Date.now() - ahead + minutes * 60000).toISOString().slice(0, 16);
  document.addEventListener("input", (event) => {
    const place = form();
    if (!place || !place.contains(event.target) || field("no").value || place.dataset.begun) return;
    place.dataset.begun = "1";
    if (event.target.name !== "received_at") field("received_at").value = present();
    const before = one("#said details");
    if (before) before.open = false; // the call before makes room
  }, true);
  document.addEventListener("desk:blank", () => {
    delete form().dataset.begun;
    delete form().dataset.townAuto;
    seen = null;
    one("[data-act=quick-no]", form()).disabled = false;
    field("content").focus();
  });
  document.addEventListener("desk:opened", () => {
    form().dataset.begun = "1";
    openAnswer(Boolean(field("text").value));
    fitMatters();
    look();
    field("content").focus();
  });

  window.liandong.call = { form, field, say, hint, answer, cycle, quickNo, nextUnit, openAnswer, missing, look, doubtful, settled: () => seen === said(), unit: () => field("lead_unit").value, words, QUESTIONS, answers };
})();
