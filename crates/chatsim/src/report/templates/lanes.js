// Hides and orders the lanes. Rows stay where they are, so everything only moves to the side.
if (sheet) {
  const bar = document.querySelector(".actors");
  const heads = all(".top .head");
  const names = heads.map((head) => head.querySelector("title").textContent);
  // Where the lanes were drawn, and where they are now; a lane that is hidden is nowhere.
  const drawnAt = heads.map((head) => Number(head.dataset.x));
  const width = 2 * drawnAt[0];
  const everyone = heads.map((head, lane) => lane);
  let shown = [...everyone];
  let now = [...drawnAt];
  let chosen = null;

  const isShown = (lane) => now[lane] !== undefined;
  const shift = (lane) => `translate(${now[lane] - drawnAt[lane]} 0)`;
  const lanesOf = (element) => (element.dataset.lanes.match(/\d+/g) ?? []).map(Number);
  const toggle = (element, isThere) => element.classList.toggle("absent", !isThere);

  const points = (path) =>
    [...path.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
  const angle = ([x1, y1], [x2, y2]) => Math.atan2(y2 - y1, x2 - x1);

  // A datagram: its lines, each with the shapes at its end, and its label.
  const ways = arrows.map((arrow) => {
    const parts = (name) => [...arrow.querySelectorAll(name)];
    const [grips, tips, signs] = [".grip", ".head", ".sign"].map(parts);
    const legs = parts(".shaft").map((shaft, index) => ({
      lines: [shaft, grips[index]],
      points: points(shaft.getAttribute("d")),
      // The first line has one tip, the others have two.
      tips: index === 0 ? tips.slice(0, 1) : tips.slice(2 * index - 1, 2 * index + 1),
      sign: signs[index],
    }));
    const label = arrow.querySelector("text");
    const at = label && [Number(label.getAttribute("x")), Number(label.getAttribute("y"))];
    const { from, to } = arrow.dataset;
    return { arrow, legs, label, at, from: Number(from), to: Number(to ?? from) };
  });

  const moveLabel = (label, at, [[x1, y1], [x2, y2]], [start, end]) => {
    // It keeps its distance to the nearer end.
    const [near, anchor] = Math.abs(at[0] - x1) < Math.abs(at[0] - x2) ? [x1, start] : [x2, end];
    const x = anchor[0] + (at[0] - near) * Math.sign(end[0] - start[0]) * Math.sign(x2 - x1);
    const slope = (y2 - y1) / (end[0] - start[0]);
    label.setAttribute("x", x);
    label.setAttribute("y", y1 + slope * (x - start[0]) + 4);
  };

  const moveArrow = ({ arrow, legs, label, at, from, to }) => {
    toggle(arrow, isShown(from) && isShown(to));
    if (arrow.matches(".absent")) return;
    if (from === to) {
      arrow.setAttribute("transform", shift(from));
      return;
    }
    const stretch = (now[to] - now[from]) / (drawnAt[to] - drawnAt[from]);
    legs.forEach(({ lines, points, tips, sign }, index) => {
      const [first, last] = [points[0], points.at(-1)];
      const start = [now[from], first[1]];
      const end = [now[from] + (last[0] - first[0]) * stretch, last[1]];
      const turn = angle(start, end) - angle(first, last);
      const [sin, cos] = [Math.sin(turn), Math.cos(turn)];
      const between = points.slice(1, -1).map(([x, y]) => {
        const [dx, dy] = [x - last[0], y - last[1]];
        return [end[0] + dx * cos - dy * sin, end[1] + dx * sin + dy * cos];
      });
      const path = "M" + [start, ...between, end].map((point) => point.join(" ")).join("L");
      lines.forEach((line) => line.setAttribute("d", path));
      const aside = `translate(${end[0] - last[0]} 0)`;
      sign?.setAttribute("transform", aside);
      const turned = `${aside} rotate(${(turn * 180) / Math.PI} ${last[0]} ${last[1]})`;
      tips.forEach((tip) => tip.setAttribute("transform", turned));
      if (label && index === 0) moveLabel(label, at, [first, last], [start, end]);
    });
  };

  // The frame of a fault reaches from one of its lanes to the other.
  const frames = all(".fault[data-lanes]").map((frame) => {
    const [first, last] = lanesOf(frame);
    return { frame, first, last, overhang: drawnAt[first] - Number(frame.getAttribute("x")) };
  });
  const moveFrame = ({ frame, first, last, overhang }) => {
    const ends = [first, last].filter(isShown);
    const between = everyone.filter((lane) => lane > first && lane < last && isShown(lane));
    const places = (ends.length ? ends : between).map((lane) => now[lane]);
    toggle(frame, places.length > 0);
    if (!places.length) return;
    const [left, right] = [Math.min(...places), Math.max(...places)];
    frame.setAttribute("x", left - overhang);
    if (frame.matches("rect")) frame.setAttribute("width", right - left + 2 * overhang);
  };

  const tell = () => {
    for (const button of bar.querySelectorAll("[data-actor]")) {
      button.setAttribute("aria-pressed", isShown(Number(button.dataset.actor)));
    }
    heads.forEach((head, lane) => head.setAttribute("aria-pressed", lane === chosen));
    const place = shown.indexOf(chosen);
    const can = { left: place > 0, right: place >= 0 && place + 1 < shown.length, hide: place >= 0 };
    for (const [act, isPossible] of Object.entries(can)) {
      bar.querySelector(`[data-do=${act}]`).disabled = !isPossible;
    }
    const hint = "click a name in the diagram to move or hide it";
    bar.querySelector("output").textContent = chosen === null ? hint : names[chosen];
  };

  const arrange = () => {
    now = everyone.map((lane) => {
      const place = shown.indexOf(lane);
      return place < 0 ? undefined : (place + 0.5) * width;
    });
    if (!isShown(chosen)) chosen = null;
    for (const element of all(".sheet [data-lane]")) {
      const lane = Number(element.dataset.lane);
      toggle(element, isShown(lane));
      if (isShown(lane)) element.setAttribute("transform", shift(lane));
    }
    ways.forEach(moveArrow);
    frames.forEach(moveFrame);
    for (const line of all(".sheet .line")) {
      const lanes = lanesOf(line);
      toggle(line, !lanes.length || lanes.some(isShown));
    }
    sheet.style.setProperty("--lanes", `${shown.length * width}px`);
    document.querySelector(".top svg").setAttribute("width", shown.length * width);
    if (selected?.matches(".absent")) selectArrow(null);
    tell();
  };

  const move = (distance) => {
    const place = shown.indexOf(chosen);
    shown.splice(place, 1);
    shown.splice(place + distance, 0, chosen);
  };
  const hide = (lane) => (shown = shown.filter((it) => it !== lane));
  const acts = {
    all: () => (shown = [...everyone]),
    none: () => (shown = []),
    left: () => move(-1),
    right: () => move(1),
    hide: () => hide(chosen),
  };
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const lane = Number(button.dataset.actor);
    if (button.dataset.do) acts[button.dataset.do]();
    else if (isShown(lane)) hide(lane);
    else shown.push(lane);
    arrange();
  });

  document.querySelector(".top svg").removeAttribute("aria-hidden");
  heads.forEach((head, lane) => {
    head.setAttribute("role", "button");
    head.setAttribute("tabindex", "0");
    head.setAttribute("aria-label", names[lane]);
    const choose = () => {
      chosen = chosen === lane ? null : lane;
      tell();
    };
    head.addEventListener("click", choose);
    head.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose();
    });
  });
  bar.hidden = false;
  tell();
}
