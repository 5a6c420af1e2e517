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
