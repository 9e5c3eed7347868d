// The tone of a unit's pages: two short notes, made here; of several open tabs only one plays them. Whether somebody wants
// them is remembered on this machine for this account (the switch stands on the inbox, alerts.js).
(function () {
  "use strict";
  const TOGETHER_MS = 2000, NOTES = [880, 1174.66], NOTE_SECONDS = 0.18;
  const KEY = "liandong.alerts:" + (document.body.dataset.user || "");
  const RANG = KEY + ":rang";
  let audio = null;
  const wanted = () => localStorage.getItem(KEY) === "1";

  function play() {
    if (Date.now() - Number(localStorage.getItem(RANG) || 0) < TOGETHER_MS) return;
    localStorage.setItem(RANG, String(Date.now()));
    const Context = window.AudioContext || window.webkitAudioContext;
    if (!Context) return;
    audio = audio || new Context();
    if (audio.state === "suspended") audio.resume();
    NOTES.forEach((pitch, n) => {
      const start = audio.currentTime + n * NOTE_SECONDS;
      const tone = audio.createOscillator();
      const loud = audio.createGain();
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.0001, start);
      loud.gain.exponentialRampToValueAtTime(0.4, start + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_SECONDS);
      tone.connect(loud);
      loud.connect(audio.destination);
      tone.start(start);
      tone.stop(start + NOTE_SECONDS);
    });
  }
  // A browser lets a page sound only after a touch: the first one wakes the tone of a page opened with work in it.
  document.addEventListener("pointerdown", () => { if (audio && audio.state === "suspended" && wanted()) audio.resume(); });

  window.liandong.tone = { KEY, play, wanted };
})();
