// The case page: digits open forms, and what others do to this case is told without touching what is being typed.
(function () {
  "use strict";
  const { one, all } = window.liandong;

  // -- Digits: only outside of inputs, and anybody may switch them off (WCAG 2.1.4). ---------------------------------
  const KEY = "liandong:digits";
  function digits() { return localStorage.getItem(KEY) !== "off"; }
  function showDigits() {
    const on = digits();
    document.body.classList.toggle("no-digits", !on);
    all("[data-digits]").forEach((button) => {
      button.setAttribute("aria-pressed", String(on));
      one("[data-digits-on]", button).hidden = !on;
      one("[data-digits-off]", button).hidden = on;
    });
    all("[data-digit]").forEach((link) => {
      if (on) link.setAttribute("aria-keyshortcuts", link.dataset.digit);
      else link.removeAttribute("aria-keyshortcuts");
    });
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-digits]")) return;
    localStorage.setItem(KEY, digits() ? "off" : "on");
    showDigits();
  });
  document.addEventListener("keydown", (event) => {
    if (!digits() || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !/^[1-9]$/.test(event.key)) return;
    if (event.target.closest("input,select,textarea,[contenteditable],summary,dialog")) return;
    const link = one('[data-digit="' + event.key + '"]');
    if (!link) return;
    event.preventDefault();
    link.click();
  });
  // A form that was opened takes the cursor to its first input, unless it says that something is wrong.
  document.addEventListener("htmx:afterSettle", (event) => {
    const form = event.detail.elt;
    if (form.id !== "form" || one("[data-focus]", form)) return;
    const first = one("input:not([type=hidden]),select,textarea", one("form", form) || form);
    if (first) first.focus({ preventScroll: true });
  });

  // -- News: what others did since this page was made. ----------------------------------------------------------------
  const place = one("#news");
  if (!place) return;
  const SLOW = 30000;
  let asking = false;
  let again = false;
  async function ask() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch("/cases/" + place.dataset.case + "/news?after=" + place.dataset.last, { headers: { "HX-Request": "true" } });
      if (answer.status === 200) place.innerHTML = await answer.text();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // no line: the next event or the next round asks again
    } finally {
      asking = false;
      if (again) { again = false; ask(); }
    }
  }
  document.addEventListener("liandong:event", (event) => {
    if (event.detail && event.detail.case === place.dataset.case) ask();
  });
  document.addEventListener("liandong:again", ask);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  // Events come by the stream; only where it is not live does the page ask by itself.
  window.setInterval(() => {
    const line = one("[data-line]");
    if (!document.hidden && !(line && line.dataset.state === "live")) ask();
  }, SLOW);

  // The page is fetched again and put in place part by part; the open form and what stands in it are left alone.
  const PARTS = ["case-head", "instructions", "facts", "caller", "files", "timeline", "story", "steps", "clocks"];
  async function show(button) {
    button.disabled = true;
    const answer = await fetch("/cases/" + place.dataset.case + window.location.search);
    if (!answer.ok) { window.location.reload(); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    PARTS.forEach((id) => {
      const old = document.getElementById(id);
      const made = fresh.getElementById(id);
      if (!old || !made) return;
      old.replaceWith(made);
      window.htmx.process(made);
    });
    const seen = fresh.getElementById("news");
    place.dataset.last = seen.dataset.last;
    place.dataset.version = seen.dataset.version;
    // Whoever has seen what changed goes on from there: the open form speaks of the case as it stands now.
    const version = one("#form form [name=version]");
    if (version) version.value = seen.dataset.version;
    place.replaceChildren();
    showDigits();
    const head = document.getElementById("case-head");
    if (!one("#form form")) head.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-news]");
    if (button) show(button).catch(() => window.location.reload());
  });
  showDigits();
})();
