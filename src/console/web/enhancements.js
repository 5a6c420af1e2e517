// All that script adds: every page works without it.
import { createAll, Button, ErrorSummary, NotificationBanner, SkipLink } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const component of [Button, ErrorSummary, NotificationBanner, SkipLink]) createAll(component);

// While long work runs, its part of the page is read again and again.
const refresh = async () => {
  const part = document.querySelector("[data-refresh]");
  if (part === null) return;
  const answer = await fetch(location.href).catch(() => null);
  const fresh = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const next = fresh?.getElementById(part.id);
  // What is over has a result, and nothing to cancel: the whole page is shown anew, unless someone is at a control of it.
  const isOver = fresh !== null && !next?.matches("[data-refresh]");
  if (isOver && !document.activeElement?.matches("main :is(a, button, input, select, textarea)")) {
    location.assign(location.pathname + location.search);
    return;
  }
  // Whoever is at a link of it keeps it.
  if (next && !part.contains(document.activeElement)) part.replaceWith(document.importNode(next, true));
  setTimeout(refresh, 3_000);
};
setTimeout(refresh, 2_000);

// Select all is of use with script alone.
for (const button of document.querySelectorAll("[data-select-all]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const boxes = [...button.form.querySelectorAll("input[type=checkbox]")];
    const isAll = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !isAll;
  });
}

// What the browser would show of a part of the picture after a while, and to those alone who point at it, is shown at once,
// to those who come by keyboard too. A screen reader has it as the name of the part and does not say it again.
for (const title of document.querySelectorAll(".case-picture title")) {
  const part = title.parentElement;
  part.dataset.details = title.textContent;
  if (!part.closest("[aria-hidden]")) part.setAttribute("aria-label", title.textContent);
  title.remove();
}
const frame = document.querySelector(".case-frame");
if (frame !== null) {
  const details = document.createElement("p");
  details.className = "govuk-body-s case-details";
  details.hidden = true;
  details.setAttribute("aria-hidden", "true");
  frame.append(details);
  let shown = null;
  const hide = () => {
    details.hidden = true;
    shown = null;
  };
  const place = () => {
    if (shown === null) return;
    const { part, x } = shown;
    details.textContent = part.dataset.details;
    details.hidden = false;
    const { top, bottom } = part.getBoundingClientRect();
    const { width, height } = details.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    // It touches the part, so that the pointer can go over to it.
    details.style.left = `${Math.max(0, Math.min(x, clientWidth - width))}px`;
    details.style.top = `${bottom + height > clientHeight ? top - height + 2 : bottom - 2}px`;
  };
  const point = ({ target, clientX = target.getBoundingClientRect().left }) => {
    const part = target.closest("[data-details]");
    if (part !== null) {
      shown = { part, x: clientX };
      place();
    } else if (!details.contains(target)) hide();
  };
  for (const event of ["pointerover", "focusin"]) frame.addEventListener(event, point);
  for (const event of ["pointerleave", "focusout"]) frame.addEventListener(event, hide);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  document.addEventListener("scroll", place, { passive: true });
}
