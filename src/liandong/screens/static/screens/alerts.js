// New work is heard and seen: a tone made here, a desktop notice, a text that is read aloud; again and again until it is
// signed or muted. Opt-in, remembered on this machine for this account. Events come as ``liandong:event`` (live.js).
(function () {
  "use strict";
  const { one } = window.liandong;
  const box = one("[data-alerts]");
  if (!box) return;
  const REPEAT_MS = 20000, SAID_MS = 8000;
  const { KEY, play } = window.liandong.tone;
  const MUTED = KEY + ":muted";
  const { to, by, kinds, words } = JSON.parse(box.dataset.alerts);
  const toggle = one("[data-alerts-switch]", box);
  const mute = one("[data-alerts-mute]", box);
  const text = one("[data-arrived]", box);
  const pending = new Map();
  let on = localStorage.getItem(KEY) === "1";
  let muted = sessionStorage.getItem(MUTED) === "1";
  let unsigned = Number((one("#tabs") && one("#tabs").dataset.unsigned) || 0);
  let saying = 0;

  const ring = () => { if (on) play(); };
  const waits = () => unsigned > 0 || pending.size > 0;
  function show() {
    toggle.setAttribute("aria-checked", String(on));
    one("[data-on]", toggle).hidden = !on;
    one("[data-off]", toggle).hidden = on;
    mute.hidden = !(on && waits() && !muted);
  }
  // What arrived stays until somebody takes it up; what is only said goes again.
  function say(words_, no) {
    window.clearTimeout(saying);
    if (!no) saying = window.setTimeout(() => { text.hidden = true; }, SAID_MS);
    text.replaceChildren();
    if (no) {
      const link = document.createElement("a");
      link.href = "/cases/" + no;
      link.textContent = words_ + " " + no;
      link.addEventListener("click", (event) => { event.preventDefault(); window.liandong.openCase(no); });
      text.append(link);
    } else text.textContent = words_;
    text.hidden = false;
  }
  // A notice on the screen says no more than a lock screen may show: what it is and the number.
  function notice(words_, no) {
    if (!on || !("Notification" in window) || Notification.permission !== "granted") return;
    const shown = new Notification(words.title, { body: words_ + " " + no, tag: no, renotify: true });
    shown.onclick = () => { window.focus(); window.liandong.openCase(no); shown.close(); };
  }
  function arrived(kind, no) {
    muted = false;
    sessionStorage.removeItem(MUTED);
    const words_ = words.new.replace("{kind}", kinds[kind]);
    pending.set(no, kind);
    say(words_, no);
    ring();
    notice(words_, no);
    show();
  }
  document.addEventListener("liandong:event", ({ detail: item }) => {
    const told = (item.notices || []).find((one_) => to.includes(one_.to) && kinds[one_.kind]);
    if (told) { arrived(told.kind, item.case); return; }
    // Somebody of the unit took it up, or it went elsewhere: it no longer calls.
    const moved = item.set && ("state" in item.set || "holder" in item.set);
    if (pending.has(item.case) && (moved || by.some((mine) => item.by.startsWith(mine)))) pending.delete(item.case);
    if (!pending.size) text.hidden = true;
    show();
  });
  // Where there is no stream the growing count tells the same; where there is one it only confirms it.
  document.addEventListener("liandong:unsigned", ({ detail: number }) => {
    const more = number > unsigned;
    unsigned = number;
    if (more && !pending.size) {
      muted = false;
      sessionStorage.removeItem(MUTED);
      say(words.many.replace("{n}", number));
      ring();
    }
    if (!waits()) text.hidden = true;
    show();
  });
  window.setInterval(() => { if (waits() && !muted) ring(); }, REPEAT_MS);

  toggle.addEventListener("click", async () => {
    on = !on;
    localStorage.setItem(KEY, on ? "1" : "0");
    show();
    say(on ? words.on : words.off);
    if (!on) return;
    ring();
    if ("Notification" in window && Notification.permission === "default") await Notification.requestPermission();
    if ("Notification" in window && Notification.permission === "denied") say(words.denied);
  });
  mute.addEventListener("click", () => {
    muted = true;
    sessionStorage.setItem(MUTED, "1");
    say(words.muted);
    show();
    toggle.focus();
  });
  show();
  if (on && waits() && !muted) { say(words.many.replace("{n}", unsigned)); ring(); }
})();
