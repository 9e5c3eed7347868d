// The line to the server's stream: one for all tabs of a browser where it has shared workers (a browser opens only six
// connections to one server), else one for each visible tab. This file is both the worker and what a page uses.
// A line tells {kind: hello|event|reset|state, …}; it comes back by itself, each browser a little differently in time.
(function (scope) {
  "use strict";
  const SILENT_MS = 45000, SHOW_LOST_MS = 4000, LONGEST_MS = 5000, KEPT = 300;

  class Line {
    constructor(address, names, after, tell) {
      Object.assign(this, { address, names, cursor: after, tell, state: "lost", since: Date.now(), failed: 0, source: null, timer: 0, doubt: 0, watch: 0 });
      this.open();
    }
    open() {
      clearTimeout(this.timer);
      if (this.source) this.source.close();
      const mark = this.cursor ? (this.address.includes("?") ? "&" : "?") + "after=" + encodeURIComponent(this.cursor) : "";
      const source = this.source = new EventSource(this.address + mark);
      source.addEventListener("hello", (event) => { this.heard(event); this.failed = 0; this.is("live"); this.tell({ kind: "hello", cursor: this.cursor }); });
      source.addEventListener("beat", (event) => this.heard(event));
      source.addEventListener("reset", (event) => { this.heard(event); this.tell({ kind: "reset", cursor: this.cursor }); });
      this.names.forEach((name) => source.addEventListener(name, (event) => {
        this.heard(event);
        this.tell({ kind: "event", cursor: this.cursor, item: JSON.parse(event.data), at: Date.now() });
      }));
      source.onerror = () => this.again();
      clearTimeout(this.watch);
      this.watch = setTimeout(() => this.again(), SILENT_MS); // one that never says hello is dead, too
    }
    heard(event) {
      if (event.lastEventId) this.cursor = event.lastEventId;
      clearTimeout(this.watch);
      this.watch = setTimeout(() => this.again(), SILENT_MS);
    }
    // A stream that ends after its five minutes is back within a second: only what lasts is called lost.
    again() {
      clearTimeout(this.watch);
      clearTimeout(this.timer);
      if (this.source) this.source.close();
      this.source = null;
      if (!this.doubt && this.state === "live") this.doubt = setTimeout(() => this.is("lost"), SHOW_LOST_MS);
      if (this.failed > 2 && this.failed % 3 === 0) this.cursor = this.failed > 6 ? "" : this.cursor; // a cursor nobody knows any more
      const wait = Math.min(LONGEST_MS, 800 * 2 ** this.failed) * (0.5 + Math.random());
      this.failed += 1;
      this.timer = setTimeout(() => this.open(), wait);
    }
    // The browser says it has a network again: do not wait, but not all at once either.
    hurry() {
      if (this.state === "live" && this.source) return;
      this.failed = 0;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.open(), 500 * Math.random());
    }
    lose() { this.again(); this.is("lost"); }
    is(state) {
      clearTimeout(this.doubt);
      this.doubt = 0;
      if (state === this.state) return;
      this.state = state;
      this.since = Date.now();
      this.tell({ kind: "state", state, since: this.since });
    }
    close() {
      [this.timer, this.doubt, this.watch].forEach(clearTimeout);
      if (this.source) this.source.close();
      this.source = null;
    }
  }

  if (typeof document === "undefined") {
    let line = null;
    let kept = [];
    const ports = new Set();
    const all = (message) => {
      if (message.kind === "event" || message.kind === "reset") kept = [...kept.slice(1 - KEPT), { ...message, at: Date.now() }];
      ports.forEach((port) => port.postMessage(message));
    };
    scope.onconnect = (connected) => {
      const port = connected.ports[0];
      port.onmessage = ({ data }) => {
        if (data.kind === "open") {
          ports.add(port);
          if (line) {
            kept.filter((message) => message.at >= data.born).forEach((message) => port.postMessage(message));
            port.postMessage({ kind: "hello", cursor: line.cursor });
            if (line.state === "live" || line.failed) port.postMessage({ kind: "state", state: line.state, since: line.since }); // one still opening is not lost
          } else line = new Line(data.address, data.names, data.after, all);
        } else if (data.kind === "bye") {
          ports.delete(port);
          if (!ports.size && line) { line.close(); line = null; kept = []; }
        } else if (line) line[data.kind]();
      };
    };
    return;
  }

  // For a page: a line of its own, or its share of the browser's.
  window.liandong.line = function (address, names, after, worker, user, tell) {
    if (window.SharedWorker && worker) {
      const shared = new SharedWorker(worker, { name: "liandong-" + user });
      const say = (kind) => shared.port.postMessage({ kind });
      shared.port.onmessage = ({ data }) => tell(data);
      shared.port.postMessage({ kind: "open", address, names, after, born: performance.timeOrigin - 300 });
      window.addEventListener("pagehide", () => say("bye"));
      return { hurry: () => say("hurry"), lose: () => say("lose"), close: () => say("bye"), shared: true };
    }
    return new Line(address, names, after, tell);
  };
})(typeof self === "undefined" ? window : self);
