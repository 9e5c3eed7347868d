// Calls in writing at the desk: each is a draft of its own on this machine until the server has it. One tab writes one
// call; another tab sees that and does not touch it. A caller on hold is a draft that is parked. Kept by person; signing
// out takes them along (drafts.js).
(function () {
  "use strict";
  const { one, all } = window.liandong;
  const PREFIX = "draft:" + (document.body.dataset.user || "") + ":call:";
  const TAB = random();
  const ANSWER_MS = 250;
  const channel = new BroadcastChannel("liandong-calls:" + (document.body.dataset.user || ""));
  const box = one("#calls");
  if (!box) return;
  let current = null;
  let sending = null;
  let leaving = false; // signing out: nothing is kept any more

  function random() { return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36).padStart(2, "0")).join(""); }
  const form = () => one("form[data-call]");
  const start = one("#suggest").cloneNode(true);
  const quiet = () => one("#suggest").replaceChildren(...start.cloneNode(true).childNodes);
  function read(id) { const stored = localStorage.getItem(PREFIX + id); return stored ? JSON.parse(stored) : null; }
  function write(id, record) {
    try { localStorage.setItem(PREFIX + id, JSON.stringify(record)); }
    catch (error) { hint(one("#announce").dataset.storage); throw error; }
  }
  function drafts() {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => read(key.slice(PREFIX.length))).filter(Boolean).sort((a, b) => a.begun - b.begun);
  }
  function hint(text) { const place = one("[data-hint]", form()); if (place) place.textContent = text; }
  function note(text) {
    const place = one("[data-note]", form());
    place.textContent = text;
    place.hidden = !text;
  }

  // -- The form's values, without what the server owns. -------------------------------------------------------------
  function values() {
    const found = {};
    all("input,select,textarea", form()).forEach((field) => {
      if (!field.name || field.name === "csrfmiddlewaretoken" || field.name === "outcome" || field.matches(":disabled")) return;
      if ((field.type === "radio" || field.type === "checkbox") && !field.checked) return;
      if (field.value) found[field.name] = [...(found[field.name] || []), field.value];
    });
    return found;
  }
  const TYPED = ["content", "summary", "place-text", "place-village", "caller-name", "caller-phone", "text", "incident_no"];
  const holds = (found) => TYPED.some((name) => found[name]) || Boolean(found.no);
  function fill(record) {
    all("input,select,textarea", form()).forEach((field) => {
      if (!field.name || field.name === "csrfmiddlewaretoken" || field.name === "outcome") return;
      const given = record.values[field.name] || [];
      if (field.type === "radio" || field.type === "checkbox") field.checked = given.includes(field.value);
      else if (given.length || field.type !== "hidden") field.value = given[0] || "";
    });
    Object.assign(form().dataset, record.marks || {});
  }
  const MARKS = ["quick", "person", "kindBy", "townBy"];
  function marks() { return Object.fromEntries(MARKS.filter((name) => form().dataset[name]).map((name) => [name, form().dataset[name]])); }

  function about(no) {
    one("[data-taken]", form()).hidden = !no;
    one("[data-taken-no]", form()).textContent = no;
    all("[data-taken-more]", form()).forEach((more) => more.remove());
    one("[data-new-only]", form()).disabled = one("[data-new-only]", form()).hidden = Boolean(no);
  }

  // -- Keeping. -----------------------------------------------------------------------------------------------------
  function keep() {
    if (sending || leaving) return;
    const found = values();
    const stored = current && read(current);
    if (stored && stored.owner && stored.owner !== TAB) current = null; // another tab writes it: what stands here becomes a call of its own
    if (!holds(found)) { drop(current); current = null; remember(); draw(); return; }
    const fresh = !current;
    if (fresh) current = random();
    const before = fresh ? null : read(current);
    write(current, { id: current, values: found, marks: marks(), owner: TAB, at: Date.now(), begun: before ? before.begun : Date.now(), parked: false });
    if (fresh) { remember(); draw(); }
  }
  function drop(id) { if (id) localStorage.removeItem(PREFIX + id); }
  function remember() { if (current) sessionStorage.setItem("liandong:call", current); else sessionStorage.removeItem("liandong:call"); }
  function release(parked) {
    const record = current && read(current);
    if (!record || record.owner !== TAB) return;
    write(current, { ...record, owner: "", parked });
  }

  // -- Another call: an empty form made here, so that it also works without a line. ---------------------------------
  function empty() {
    const place = form();
    all("input,select,textarea", place).forEach((field) => {
      if (field.name === "csrfmiddlewaretoken") return;
      if (field.type === "radio" || field.type === "checkbox") field.checked = false;
      else field.value = field.name === "level" ? "none" : field.name === "knowledge" ? "none" : field.name === "outcome" ? "register" : "";
    });
    place.elements.key.value = random();
    MARKS.forEach((name) => delete place.dataset[name]);
    about("");
    one("[data-refusal]", place).textContent = "";
    one("#doubts", place).textContent = "";
    one("[data-answer]", place).hidden = true;
    quiet();
    hint("");
    note("");
    current = null;
    remember();
    document.dispatchEvent(new Event("desk:blank"));
  }
  function park() { keep(); release(true); empty(); draw(); }
  function open(record) {
    current = record.id;
    remember();
    fill(record);
    about((record.values.no || [])[0] || "");
    write(current, { ...record, owner: TAB, parked: false });
    note(box.dataset.restored);
    draw();
    document.dispatchEvent(new Event("desk:opened"));
  }

  // -- Other tabs. --------------------------------------------------------------------------------------------------
  const waiting = new Map();
  function ask(type, id) {
    return new Promise((resolve) => {
      const question = random();
      const timer = window.setTimeout(() => { waiting.delete(question); resolve(false); }, ANSWER_MS);
      waiting.set(question, () => { window.clearTimeout(timer); waiting.delete(question); resolve(true); });
      channel.postMessage({ type, id, question, tab: TAB });
    });
  }
  channel.onmessage = ({ data }) => {
    if (data.type === "yes" && waiting.has(data.question)) waiting.get(data.question)();
    if (data.id !== current || data.tab === TAB) return;
    if (data.type === "who") channel.postMessage({ type: "yes", question: data.question, id: null });
    if (data.type === "yield" && !sending) {
      keep();
      release(false);
      channel.postMessage({ type: "yes", question: data.question, id: null });
      empty();
      note(box.dataset.moved);
      draw();
    }
  };
  window.addEventListener("storage", (event) => {
    if (!event.key || !event.key.startsWith(PREFIX)) return;
    const record = current && read(current);
    if (record && record.owner && record.owner !== TAB) { empty(); note(box.dataset.moved); }
    draw();
  });
  async function resume(id, force) {
    const record = read(id);
    if (!record || id === current) return;
    if (record.owner && record.owner !== TAB) {
      const there = await ask(force ? "yield" : "who", id);
      if (there && !force) { draw(); return; }
    }
    if (holds(values())) { keep(); release(true); }
    empty();
    open(read(id) || record);
  }

  // -- What else lies here: callers on hold, calls of other tabs. ---------------------------------------------------
  function title(record) {
    const words = (record.values.content || record.values.summary || record.values["place-text"] || [box.dataset.empty])[0];
    const no = (record.values.no || [])[0];
    return (no ? no + " " : "") + (words.length > 18 ? words.slice(0, 18) + "…" : words);
  }
  function draw() {
    const others = drafts().filter((record) => record.id !== current);
    box.replaceChildren(...others.map((record) => {
      const away = record.owner && record.owner !== TAB;
      const part = document.createElement("span");
      part.className = "held" + (away ? " held-away" : "");
      const words = document.createElement("span");
      words.textContent = title(record) + " · " + (away ? box.dataset.elsewhere : box.dataset.held);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm btn-plain";
      button.dataset.resume = record.id;
      button.dataset.force = away ? "1" : "";
      button.textContent = box.dataset.take;
      const gone = document.createElement("button");
      gone.type = "button";
      gone.className = "btn btn-sm btn-quiet";
      gone.dataset.discard = record.id;
      gone.textContent = box.dataset.drop;
      part.append(words, button, ...(away ? [] : [gone]));
      return part;
    }));
    box.hidden = !others.length;
  }
  box.addEventListener("click", (event) => {
    const back = event.target.closest("[data-resume]");
    if (back) resume(back.dataset.resume, Boolean(back.dataset.force));
    const gone = event.target.closest("[data-discard]");
    if (gone && gone.dataset.sure) { drop(gone.dataset.discard); draw(); }
    else if (gone) { gone.dataset.sure = "1"; gone.textContent = box.dataset.drop + "？"; }
  });

  // -- Sending: the draft goes only when the server says it has the call. -------------------------------------------
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === form() && event.detail.requestConfig.verb === "post") { keep(); sending = current || "call"; lock(true); }
  });
  document.addEventListener("htmx:beforeSwap", (event) => { // a waiting case comes onto the form: the call that stands there waits
    if (event.detail.target === form() && event.detail.requestConfig.verb === "get" && holds(values())) { keep(); release(true); current = null; }
  });
  function lock(on) { all("textarea,input", form()).forEach((field) => { if (field.type !== "hidden") field.readOnly = on; }); }
  document.addEventListener("htmx:afterRequest", (event) => { // no answer, or a page that says no: what was typed stands and goes on
    const place = event.detail.elt;
    if (place === form() && event.detail.requestConfig.verb === "post" && !event.detail.successful) { sending = null; lock(false); }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const place = form();
    if (!place || place.dataset.seen) return;
    place.dataset.seen = "1";
    const sent = sending;
    sending = null;
    if (place.dataset.result === "sent") { drop(sent); current = null; remember(); quiet(); document.dispatchEvent(new Event("desk:blank")); draw(); return; }
    if (place.dataset.result === "taken") { current = null; quiet(); }
    if (place.dataset.result === "refused" && sent) current = sent;
    keep();
    draw();
  });
  document.addEventListener("input", (event) => { if (form() && form().contains(event.target)) keep(); });
  document.addEventListener("change", (event) => { if (form() && form().contains(event.target)) keep(); });
  window.addEventListener("pagehide", () => { release(false); });

  let warned = false;
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[action='/logout']")) return;
    if (warned || !drafts().length) { leaving = true; return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    warned = true;
    hint(one("#announce").dataset.leave);
  }, true);

  // -- Beginning: what this tab wrote before it was loaded again, else what a closed tab left. ----------------------
  document.addEventListener("DOMContentLoaded", async () => {
    const place = form();
    place.dataset.seen = "1";
    if (place.dataset.result === "taken" || place.dataset.result === "refused") { keep(); draw(); return; }
    const own = sessionStorage.getItem("liandong:call");
    const found = drafts();
    const mine = found.find((record) => record.id === own && !record.parked);
    const left = [mine, ...found.filter((record) => !record.parked && record !== mine).sort((a, b) => b.at - a.at)].filter(Boolean);
    for (const record of left) {
      if (record.owner && (await ask("who", record.id))) continue;
      const now = read(record.id);
      if (now && !current && !holds(values())) { open(now); break; }
    }
    draw();
  });

  window.liandong.calls = {
    keep, park,
    discard: () => { drop(current); empty(); draw(); },
    busy: () => Boolean(sending),
    holds: () => holds(values()),
    next: () => { const held = drafts().find((record) => record.id !== current && !(record.owner && record.owner !== TAB)); if (held) resume(held.id); return Boolean(held); },
  };
})();
