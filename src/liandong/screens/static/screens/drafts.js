// Drafts: what somebody types survives a closed tab and a lost connection, until the server has it.
(function () {
  "use strict";
  const { one, all } = window.liandong;

  // They are kept by person and machine, and a person who signs out takes them along.
  function draftName(form) { return "draft:" + (document.body.dataset.user || "") + ":" + form.dataset.draft; }
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    const done = event.detail.xhr && event.detail.xhr.getResponseHeader("HX-Redirect");
    if (done && !done.startsWith("/login") && form.matches && form.matches("form[data-draft]")) {
      forget(form);
      form.dataset.sent = "1";
    }
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[action='/logout']")) return;
    Object.keys(localStorage).filter((key) => key.startsWith("draft:")).forEach((key) => localStorage.removeItem(key));
  });
  function keep(form) {
    if (form.dataset.sent) return;
    const values = {};
    all("input,select,textarea", form).forEach((field) => {
      if (!field.name || field.type === "hidden" || field.type === "file") return;
      if ((field.type === "radio" || field.type === "checkbox") && !field.checked) return;
      if (field.value) values[field.name] = field.value;
    });
    const text = values.summary || all("textarea", form).some((field) => field.value.trim());
    if (text) localStorage.setItem(draftName(form), JSON.stringify(values));
    else localStorage.removeItem(draftName(form));
  }
  function restore(form) {
    const stored = localStorage.getItem(draftName(form));
    if (!stored || form.dataset.filled === "1") return;
    const values = JSON.parse(stored);
    all("input,select,textarea", form).forEach((field) => {
      if (!(field.name in values)) return;
      if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === values[field.name];
      else field.value = values[field.name];
    });
    const note = one("[data-draft-note]", form);
    if (note) note.hidden = false;
    const content = one("[name=content]", form);
    if (content && window.htmx) window.htmx.trigger(content, "input");
  }
  function forget(form) { localStorage.removeItem(draftName(form)); }

  function prepare(root) {
    all("form[data-draft]", root).forEach((form) => {
      if (form.dataset.ready) return;
      form.dataset.ready = "1";
      restore(form);
      form.addEventListener("input", () => keep(form));
      form.addEventListener("change", () => keep(form));
    });
  }
  document.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-draft-drop]");
    if (drop) { forget(drop.closest("form")); window.location.reload(); }
  });
  document.addEventListener("htmx:afterSettle", (event) => prepare(event.detail.elt));
  // After htmx has prepared the page: a restored text asks for suggestions at once.
  document.addEventListener("DOMContentLoaded", () => prepare(document));
})();
