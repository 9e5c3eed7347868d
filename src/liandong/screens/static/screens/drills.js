// The board of a 点验: choosing units by how they answered. What becomes of them a person says.
(function () {
  "use strict";
  const { all } = window.liandong;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (!button) return;
    const wanted = button.dataset.choose.split(" ");
    all("#judge input[name=units]").forEach((box) => {
      box.checked = wanted.includes(box.dataset.how);
      box.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
})();
