"use strict";
// Hides the rows that lack one of the words.
const filter = document.querySelector("#filter");
const input = filter.querySelector("input");
const rows = [...document.querySelectorAll("tbody tr")];
const texts = rows.map((row) => row.textContent.toLowerCase());
const apply = () => {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  rows.forEach((row, index) => {
    row.hidden = !words.every((word) => texts[index].includes(word));
    shown += row.hidden ? 0 : 1;
  });
  filter.querySelector("output").textContent = words.length ? `${shown} of ${rows.length}` : "";
  history.replaceState(null, "", words.length ? "#" + encodeURIComponent(input.value) : " ");
};
input.addEventListener("input", apply);
filter.hidden = false;
if (location.hash.length > 1) {
  input.value = decodeURIComponent(location.hash.slice(1));
  apply();
}
