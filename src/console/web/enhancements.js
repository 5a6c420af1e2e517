// All that script adds: every page works without it.
import { createAll, Button, ErrorSummary, NotificationBanner, SkipLink } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const component of [Button, ErrorSummary, NotificationBanner, SkipLink]) createAll(component);
