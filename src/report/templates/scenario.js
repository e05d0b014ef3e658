"use strict";
// Binds steps, datagrams and their details together. Without it the page shows the same.
const all = (selector) => [...document.querySelectorAll(selector)];
const sheet = document.querySelector(".sheet");
const details = document.querySelector("#details");
const arrows = all(".arrow[id]");
const stepOf = (element) => element.closest("[data-step]")?.dataset.step;

// The browser's own hints would stand in the way of the details.
const texts = new Map();
for (const arrow of arrows) {
  const title = arrow.querySelector("title");
  texts.set(arrow, title.textContent);
  arrow.setAttribute("aria-label", title.textContent);
  title.remove();
}

// The browser would scroll to the steps in its own way.
all(".area[id]").forEach((area) => area.removeAttribute("id"));

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const behavior = calm ? "auto" : "smooth";

const show = (arrow) => {
  details.hidden = !arrow;
  details.querySelector("pre").textContent = arrow ? texts.get(arrow) : "";
};

const scrollTo = (element, smooth = behavior) => {
  const box = element.getBoundingClientRect();
  const frame = sheet.getBoundingClientRect();
  const isInside = box.top >= frame.top + 40 && box.bottom <= frame.bottom;
  if (!isInside) {
    sheet.scrollTo({ top: sheet.scrollTop + box.top - frame.top - 60, behavior: smooth });
  }
};

const selectStep = (number) => {
  for (const element of all(".area, .steps a")) {
    element.classList.toggle("selected", number !== undefined && stepOf(element) === number);
  }
  const link = document.querySelector(".steps a.selected");
  all(".steps a[aria-current]").forEach((old) => old.removeAttribute("aria-current"));
  link?.setAttribute("aria-current", "step");
  const list = link?.closest("ol");
  if (list) {
    const [box, frame] = [link, list].map((element) => element.getBoundingClientRect());
    if (box.top < frame.top) list.scrollTop += box.top - frame.top;
    if (box.bottom > frame.bottom) list.scrollTop += box.bottom - frame.bottom;
  }
};

let selected = null;
const selectArrow = (arrow) => {
  selected?.classList.remove("selected");
  selected = arrow;
  selected?.classList.add("selected");
  show(selected);
  if (selected) {
    selectStep(stepOf(selected));
    scrollTo(selected.querySelector(".shaft"));
  }
};

const goToStep = (number, smooth) => {
  selectArrow(null);
  selectStep(number);
  const area = document.querySelector(`.lanes .area[data-step="${number}"]`);
  if (area) scrollTo(area, smooth);
};

const follow = () => {
  const step = /^#step-(\d+)$/.exec(location.hash);
  const datagram = /^#datagram-\d+$/.test(location.hash);
  if (step) goToStep(step[1], "auto");
  if (datagram) selectArrow(document.querySelector(location.hash));
  if (!location.hash) {
    const failed = document.querySelector(".steps .failed a");
    if (failed) goToStep(failed.dataset.step, "auto");
  }
};

const next = (distance) => {
  const visible = arrows.filter((arrow) => arrow.getClientRects().length > 0);
  const from = visible.indexOf(selected);
  const to = selected ? from + distance : 0;
  if (visible[to]) selectArrow(visible[to]);
};

if (sheet) {
  document.querySelector(".keys").hidden = false;
  all(".steps a").forEach((link) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", link.hash);
      goToStep(link.dataset.step);
    }),
  );
  sheet.addEventListener("click", (event) => {
    const arrow = event.target.closest(".arrow");
    const step = stepOf(event.target);
    if (arrow) selectArrow(arrow);
    else if (step) goToStep(step);
  });
  sheet.addEventListener("mouseover", (event) => {
    show(event.target.closest(".arrow") ?? selected);
  });
  sheet.addEventListener("mouseleave", () => show(selected));
  const keys = {
    j: () => next(1),
    k: () => next(-1),
    s: () => selected && goToStep(stepOf(selected)),
    Escape: () => (selectArrow(null), selectStep()),
  };
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input:not([type=checkbox])");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    keys[event.key]?.();
  });
  addEventListener("hashchange", follow);
  follow();
}
