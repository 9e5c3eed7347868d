// Helps inside a unit's forms: templates, days and people to pick, the clause of the suggested unit, files that are
// sent while one still writes. Works on the case page and in the panel of the inbox. No inline code.
(function () {
  "use strict";
  const { one, all } = window.liandong;
  const BIGGEST = 20000000;
  const BLANK = /【[^】]*】/;

  function prepare(root) {
    // Choices stand right below the field they fill.
    all("[data-place-after]", root).forEach((choices) => {
      const form = choices.closest("form");
      const field = form && form.elements[choices.dataset.placeAfter];
      const place = field && field.closest && field.closest(".field");
      if (place && !place.contains(choices)) place.append(choices);
    });
    all("[data-extra=return]", root).forEach((extra) => theirs(extra.closest("form")));
  }
  function put(field, value) {
    field.value = value;
    ["input", "change"].forEach((name) => field.dispatchEvent(new Event(name, { bubbles: true })));
  }
  function theirs(form) {
    const code = form && form.elements.suggested_unit && form.elements.suggested_unit.value;
    if (code) window.htmx.ajax("GET", "/unit/clause?suggested_unit=" + encodeURIComponent(code), { target: "#theirs", swap: "innerHTML" });
  }
  document.addEventListener("change", (event) => {
    if (event.target.name === "suggested_unit" && one("#theirs")) theirs(event.target.form);
  });
  function fit(box) { box.style.height = "auto"; box.style.height = Math.min(box.scrollHeight + 4, 480) + "px"; }
  // The first blank of a template is chosen, so that typing fills it.
  function blank(box) {
    const found = BLANK.exec(box.value);
    if (!found) return false;
    box.focus();
    box.setSelectionRange(found.index, found.index + found[0].length);
    return true;
  }
  document.addEventListener("click", (event) => {
    const set = event.target.closest("[data-set]");
    if (set) {
      put(set.closest("form").elements[set.dataset.set], set.dataset.value);
      all(`[data-set="${set.dataset.set}"]`, set.closest("form")).forEach((other) => other.setAttribute("aria-pressed", String(other === set)));
      return;
    }
    const unit = event.target.closest("[data-suggest-unit]");
    if (unit) {
      put(unit.closest("form").elements.suggested_unit, unit.dataset.suggestUnit);
      return;
    }
    const wording = event.target.closest("[data-wording]");
    if (wording) {
      const box = wording.closest("form").elements[wording.dataset.wordingFor];
      put(box, box.value.trim() ? box.value.trimEnd() + "\n" + wording.dataset.wording : wording.dataset.wording);
      wording.closest("details").open = false;
      fit(box);
      if (!blank(box)) box.focus();
    }
  });

  // -- Files: sent at once, each with its progress; what failed may be tried again, what is not wanted goes. -------------
  const size = (bytes) => bytes < 1e6 ? Math.max(1, Math.round(bytes / 1e3)) + " kB" : (bytes / 1e6).toFixed(1) + " MB";
  function button(words, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-sm btn-plain";
    made.textContent = words;
    if (act) made.addEventListener("click", act);
    return made;
  }
  function send(place, file, line) {
    const said = one("[data-said]", line);
    const bar = one("progress", line);
    const request = new XMLHttpRequest();
    const data = new FormData();
    data.append("file", file);
    all("button", line).forEach((old) => old.remove());
    Object.assign(line.dataset, { state: "sending" });
    said.textContent = "";
    bar.hidden = false;
    line.append(button(place.dataset.remove, () => { request.abort(); line.remove(); }));
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total * 100; });
    const failed = (words, retry) => {
      line.dataset.state = "failed";
      bar.hidden = true;
      said.textContent = words;
      if (retry) line.insertBefore(button(place.dataset.again, () => send(place, file, line)), line.lastChild);
    };
    request.addEventListener("error", () => failed(place.dataset.failed, true));
    request.addEventListener("load", () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { answer = {}; }
      if (request.status !== 200) { failed(answer.detail || place.dataset.failed, !answer.detail); return; }
      line.dataset.state = "kept";
      bar.hidden = true;
      const hidden = document.createElement("input");
      Object.assign(hidden, { type: "hidden", name: "attachments", value: answer.id });
      one(".name", line).textContent = answer.name;
      const drop = button(place.dataset.remove);
      drop.dataset.attachDrop = answer.id;
      one("button", line).replaceWith(drop);
      line.append(hidden);
    });
    request.open("POST", place.dataset.attach);
    request.setRequestHeader("X-CSRFToken", one("[name=csrfmiddlewaretoken]", place.closest("form")).value);
    request.send(data);
  }
  function take(place, files) {
    Array.from(files).forEach((file) => {
      const line = document.createElement("li");
      const name = document.createElement("span");
      name.className = "name";
      name.textContent = file.name + " · " + size(file.size);
      const bar = document.createElement("progress");
      Object.assign(bar, { max: 100, value: 0, className: "meter" });
      bar.setAttribute("aria-label", file.name);
      const said = document.createElement("span");
      said.className = "wrong-text";
      said.dataset.said = "";
      line.append(name, " ", bar, " ", said, " ");
      one("[data-attached]", place).append(line);
      if (file.size > BIGGEST) {
        line.dataset.state = "failed";
        bar.hidden = true;
        said.textContent = place.dataset.tooBig;
        line.append(button(place.dataset.remove, () => line.remove()));
      } else send(place, file, line);
    });
  }
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-attach-file]")) return;
    take(event.target.closest("[data-attach]"), event.target.files);
    event.target.value = "";
  });
  ["dragover", "dragleave", "drop"].forEach((name) => document.addEventListener(name, (event) => {
    const place = event.target.closest && event.target.closest("[data-attach]");
    if (!place) return;
    event.preventDefault();
    one(".drop", place).classList.toggle("over", name === "dragover");
    if (name === "drop") take(place, event.dataTransfer.files);
  }));
  document.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-attach-drop]");
    if (!drop) return;
    const place = drop.closest("[data-attach]");
    fetch(place.dataset.attach + "/" + drop.dataset.attachDrop + "/drop", {
      method: "POST",
      headers: { "X-CSRFToken": one("[name=csrfmiddlewaretoken]", place.closest("form")).value },
    }).catch(() => {}); // not sent: the file stays with the case, unused; the form no longer names it
    if (drop.closest("li")) drop.closest("li").remove();
  });

  // -- Before sending: no file half sent, no blank of a template left; asked once, a person may mean it. -----------------
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-command]")) return;
    const busy = one('[data-attached] li[data-state="sending"]', form);
    const left = form.dataset.meant ? null : all("textarea", form).find((box) => BLANK.test(box.value));
    if (!busy && !left) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (busy) { busy.scrollIntoView({ block: "nearest" }); return; }
    form.dataset.meant = "1";
    blank(left);
    const said = one("[data-blanks]", form);
    if (said) said.hidden = false;
  }, true);

  document.addEventListener("htmx:afterSettle", (event) => prepare(event.detail.elt));
  document.addEventListener("DOMContentLoaded", () => prepare(document));
})();
