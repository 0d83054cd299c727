// Keeps what is shown fresh. The server says what changed; a page that follows that is fetched
// again, and every part marked data-live that differs is replaced. What a person types or chooses
// in lies outside of these parts, so it is never lost.
"use strict";

// A file that is dropped anywhere onto the form is chosen as if by its button.
(() => {
  const form = document.querySelector("#submit");
  const file = form?.querySelector("#file");
  if (!file) return;
  const brings = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (on) => form.classList.toggle("dropping", on);
  form.addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    mark(true);
  });
  form.addEventListener("dragleave", () => mark(false));
  form.addEventListener("drop", (event) => {
    mark(false);
    if (!brings(event)) return;
    event.preventDefault();
    file.files = event.dataTransfer.files;
  });
})();

(() => {
  const parts = [...document.querySelectorAll("[data-live]")];
  // "all", or the one lead that the page is about.
  const follows = document.getElementById("main").dataset.follows;
  if (!follows) return;

  const PAUSE = 800; // milliseconds between two refreshes
  const TROUBLE = 4000; // and after one that failed
  const known = new Map(parts.map((part) => [part.id, part.innerHTML]));
  let wanted = false;
  let event = null; // the last one; the server reads a page once for all who follow the same
  let running = false;
  let pressed = false;
  addEventListener("pointerdown", () => (pressed = true), true);
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, () => setTimeout(() => (pressed = false), 50), true);
  }

  // A button must not move away under the pointer: the next one may cost money.
  const busy = () =>
    pressed ||
    document.hidden ||
    document.querySelector("[data-live] form:hover, [data-live] form:focus-within") ||
    String(getSelection()) !== "";

  function focusPath(part) {
    const active = document.activeElement;
    if (!part.contains(active)) return null;
    const same = `${active.tagName}${active.id ? "#" + CSS.escape(active.id) : ""}`;
    const href = active.getAttribute("href");
    return href ? `${same}[href=${CSS.escape(href)}]` : same;
  }

  function replace(part, html) {
    const focus = focusPath(part);
    const open = [...part.querySelectorAll("details[open]")].map((details) => details.id);
    const scrolled = [...part.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
    part.innerHTML = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    part.querySelectorAll(".scroll").forEach((box, i) => (box.scrollLeft = scrolled[i] ?? 0));
    if (focus) part.querySelector(focus)?.focus({ preventScroll: true });
  }

  async function refresh() {
    const headers = { accept: "text/html" };
    if (event) headers["x-warmsheet-follows"] = `${event.instance} ${event.mark}`;
    const answer = await fetch(location.href, { headers, cache: "no-store" });
    if (answer.status === 401) location.reload(); // signed out: what is shown is nobody's any more
    if (!answer.ok) throw new Error(`${answer.status}`); // tried again, as after a lost connection
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (busy()) {
      wanted = true;
      return;
    }
    for (const part of parts) {
      const html = fresh.getElementById(part.id)?.innerHTML;
      if (html === undefined || html === known.get(part.id)) continue;
      known.set(part.id, html);
      replace(part, html);
    }
  }

  async function step() {
    if (!wanted || running || busy()) return;
    wanted = false;
    running = true;
    let pause = PAUSE;
    try {
      await refresh();
    } catch {
      wanted = true;
      pause = TROUBLE;
    }
    setTimeout(() => (running = false), pause);
  }

  const stale = document.getElementById("stale");
  const events = new EventSource("/api/v1/events");
  const isNews = ({ leads, guard }) => follows === "all" || guard || !leads || leads.includes(follows);
  events.addEventListener("change", ({ data }) => {
    const change = JSON.parse(data);
    if (!isNews(change)) return;
    event = change;
    wanted = true;
    step();
  });
  const refreshAll = () => {
    event = null; // what happened until now may have been told to nobody
    wanted = true;
    step();
  };
  let lost = null;
  events.addEventListener("open", () => {
    clearTimeout(lost);
    lost = null;
    stale.hidden = true;
    refreshAll();
  });
  events.addEventListener("error", () => {
    // The server ends each stream now and then; most come back at once.
    lost ??= setTimeout(() => (stale.hidden = false), TROUBLE);
    if (events.readyState === EventSource.CLOSED) refreshAll(); // refused: the page says why
  });
  // Between the events: what had to wait for the pointer, the pause or the window.
  setInterval(step, 500);
})();

// Copies a text of the page. The buttons are shown to those only who can use them.
(() => {
  document.documentElement.classList.add("scripted");
  const TOLD = 2000; // milliseconds that a button says what it did

  function select(element) {
    element.closest("details")?.setAttribute("open", "");
    getSelection().selectAllChildren(element);
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    const element = button && document.getElementById(button.dataset.copy);
    if (!element) return;
    let told = "Copied";
    try {
      await navigator.clipboard.writeText(element.textContent);
    } catch {
      select(element); // without https browsers leave copying to people
      told = "Selected: press Ctrl+C or \u2318C";
    }
    const said = document.getElementById("copied");
    if (said) said.textContent = told;
    button.textContent = told;
    setTimeout(() => {
      button.textContent = "Copy";
      if (said) said.textContent = "";
    }, TOLD);
  });
})();
