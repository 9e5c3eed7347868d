// The pages of an incident: what somebody typed or chose stays theirs when the proposal is made anew. No inline code.
(function () {
  "use strict";
  const { one, all } = window.liandong;

  // A level that a person chose is no longer moved by the proposal.
  document.addEventListener("change", (event) => {
    if (!event.target.matches('#grade [name="level"]')) return;
    const mine = one('#grade [name="level_mine"]');
    if (mine) mine.value = "1";
  });

  // The part that is exchanged holds the field in which one types: the caret goes back to where it stood.
  let held = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const field = document.activeElement;
    if (event.detail.target.id !== "grade" || !field || !field.id || !event.detail.target.contains(field)) return;
    held = { id: field.id, value: field.value, at: field.selectionStart };
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!held) return;
    const field = document.getElementById(held.id);
    if (field) {
      field.focus();
      if (field.type === "text" || field.tagName === "TEXTAREA") {
        field.value = held.value;
        if (held.at !== null) field.setSelectionRange(held.at, held.at);
      }
    }
    held = null;
  });

  // How many are chosen, whichever way they were.
  function count(boxes) {
    const said = one("[data-preset-said]");
    if (said) said.textContent = boxes.filter((box) => box.checked).length;
  }
  document.addEventListener("change", (event) => {
    const picker = event.target.closest(".pick-many");
    if (picker) count(all("input[type=checkbox]", picker));
  });

  // Presets of units: one press chooses many, a second one lets them go.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-preset]");
    if (!button) return;
    const boxes = all("input[type=checkbox]", document.getElementById(button.dataset.presetOf));
    const wanted = boxes.filter((box) => button.dataset.preset.split(" ").includes(box.value));
    const on = wanted.some((box) => !box.checked);
    wanted.forEach((box) => { box.checked = on; });
    button.setAttribute("aria-pressed", String(on));
    count(boxes);
  });
})();
