// Taking over a shift: how many items are ticked; "all read" is offered only once the last one has been on the screen.
(function () {
  "use strict";
  const { one, all } = window.liandong;
  const form = one("#take");
  if (!form) return;
  const boxes = all("input[name=read]", form);
  const count = one("#read-count");
  const every = one("#read-all");
  const bottom = one("#bottom");

  function tell() {
    if (!boxes.length) return;
    const read = boxes.filter((box) => box.checked).length;
    count.textContent = count.dataset.text.replace("{n}", read).replace("{all}", boxes.length);
  }
  form.addEventListener("change", tell);
  every.addEventListener("click", () => {
    boxes.forEach((box) => { box.checked = true; });
    tell();
    one("button.btn-primary", form).focus();
  });
  if (bottom && boxes.length > 1) {
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((entry) => entry.isIntersecting)) return;
      every.hidden = false;
      watch.disconnect();
    });
    watch.observe(bottom);
  }
  tell();
})();
