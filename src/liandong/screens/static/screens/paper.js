// The button of a page made for printing.
(function () {
  "use strict";
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
})();
