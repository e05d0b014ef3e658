"use strict";
// Binds steps, datagrams and their details together. Without it the page shows the same.
const all = (selector) => [...document.querySelectorAll(selector)];
const sheet = document.querySelector(".sheet");
const side = document.querySelector(".side");
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

// The browser would scroll to what the address names in its own way.
for (const element of all(".area[id], .arrow[id]")) {
  element.dataset.id = element.id;
  element.removeAttribute("id");
}

const show = (arrow) => {
  details.hidden = !arrow;
  details.querySelector("pre").textContent = arrow ? texts.get(arrow) : "";
};

const box = (element) => element.getBoundingClientRect();

// Scrolls the sheet; and the page, if that does not suffice.
const bringIntoSight = (element, withPage) => {
  const { top, bottom } = box(sheet);
  const isInSight = box(element).top >= top + 40 && box(element).bottom <= Math.min(bottom, innerHeight);
  if (!isInSight) sheet.scrollTop += box(element).top - top - 60;
  const left = box(element).left - box(side).right;
  const isBeside = left < 0 || box(element).left > box(sheet).right - 80;
  if (isBeside && element.matches(".shaft")) sheet.scrollLeft += left - 80;
  const beyond = box(element).top + 60 - innerHeight;
  if (withPage && beyond > 0) scrollBy(0, beyond + innerHeight / 2);
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
    const above = box(list).top - box(link).top;
    const below = box(link).bottom - box(list).bottom;
    if (above > 0) list.scrollTop -= above;
    if (below > 0) list.scrollTop += below;
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
    bringIntoSight(selected.querySelector(".shaft"), true);
  }
};

const goToStep = (number, withPage = true) => {
  selectArrow(null);
  selectStep(number);
  const area = document.querySelector(`.lanes .area[data-step="${number}"]`);
  if (area) bringIntoSight(area, withPage);
};

const follow = () => {
  const step = /^#step-(\d+)$/.exec(location.hash);
  const arrow = arrows.find((it) => "#" + it.dataset.id === location.hash);
  if (step) goToStep(step[1]);
  if (arrow) selectArrow(arrow);
  if (!location.hash) {
    const failed = document.querySelector(".steps .failed a");
    if (failed) goToStep(failed.dataset.step, false);
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
