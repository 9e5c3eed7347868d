// A roll call on a unit's page: heard and seen at once, on whatever page somebody is; the banner with the button follows
// from the server. Tone and desktop notice where they were switched on (inbox). No inline code.
(function () {
  "use strict";
  const { one, all, tone } = window.liandong;
  const REPEAT_MS = 15000, SAID_MS = 20000;
  const banner = () => one("#rollcall");
  const waits = () => Boolean(banner() && one("[data-call]", banner()));

  function notice(no) {
    if (!tone.wanted() || !("Notification" in window) || Notification.permission !== "granted") return;
    const words = banner().dataset;
    const shown = new Notification(words.title, { body: words.calling + " " + no, tag: no, renotify: true, requireInteraction: true });
    shown.onclick = () => { window.focus(); shown.close(); };
  }
  // What is shown in the moment before the server's banner stands here: that there is a call, and the way to it.
  function announce(no) {
    const box = banner();
    if (!box || one(`[data-call="${CSS.escape(no)}"]`, box)) return;
    const section = document.createElement("section");
    section.className = "rollcall";
    section.dataset.call = no;
    const link = document.createElement("a");
    link.className = "btn btn-primary";
    link.href = "/registers/drill/" + encodeURIComponent(no);
    link.textContent = box.dataset.open;
    const words = document.createElement("b");
    words.textContent = box.dataset.calling + " " + no + " ";
    section.append(words, link);
    box.append(section);
    mark();
  }
  // Another script writes its own count into the title: the mark is put before whatever stands there.
  function mark() {
    const sign = "【" + (banner() ? banner().dataset.title : "") + "】";
    const marked = document.title.startsWith("【");
    if (waits() && !marked) document.title = sign + document.title;
    else if (!waits() && marked) document.title = document.title.replace(/^【[^】]*】/, "");
  }
  document.addEventListener("liandong:event", ({ detail: item }) => {
    if (item.type !== "entry" || item.register !== "drill" || item.kind !== "roll_call") return;
    announce(item.no);
    if (tone.wanted()) tone.play();
    notice(item.no);
  });
  // What was just said of an answer stays for a moment, although the banner is fetched again at once.
  document.addEventListener("htmx:afterSwap", () => {
    const said = banner() && one(".said", banner());
    if (said) {
      banner().before(said);
      window.setTimeout(() => said.remove(), SAID_MS);
    }
    mark();
  });
  window.setInterval(() => { if (waits() && tone.wanted()) tone.play(); }, REPEAT_MS);

  // Seconds since the call, from the number the server gave and this page's own running clock.
  window.setInterval(() => {
    mark();
    all("[data-elapsed]").forEach((element) => {
      if (!element.dataset.from) element.dataset.from = String(performance.now());
      const seconds = Number(element.dataset.elapsed) + Math.floor((performance.now() - Number(element.dataset.from)) / 1000);
      element.textContent = element.textContent.replace(/\d+/, String(seconds));
    });
  }, 1000);
})();
