import type { ErrorAnswer } from "../../platform/web/http-error.ts";

/** What an error page says. */
export interface ErrorView {
  readonly title: string;
  readonly paragraphs: readonly string[];
}

const views: Readonly<Record<number, ErrorView>> = {
  401: {
    title: "You have been signed out",
    paragraphs: ["Nothing was changed. Sign in again, then repeat what you were doing."],
  },
  403: {
    title: "You do not have permission to do this",
    paragraphs: [
      "To see these pages you need the role MPC_DELIUS_VIEW, and to change anything the role MPC_DELIUS_OPERATE.",
      "If you think you should have it, ask the team that runs this service.",
    ],
  },
  404: {
    title: "Page not found",
    paragraphs: ["Check the address, or search for a CRN, a NOMS number or the key of a message."],
  },
  503: {
    title: "This page is not available at the moment",
    paragraphs: ["The service is busy, or something that it depends on does not answer. Try again in a moment."],
  },
};

const actionView: ErrorView = {
  title: "This address is not a page",
  paragraphs: ["The console sends a form to it. None was sent now, so nothing was changed."],
};

const databaseView: ErrorView = {
  title: "The Delius database cannot be reached",
  paragraphs: [
    "The console reads everything from it, so its pages cannot be shown now. No message is lost: each stays on the queue until the database is back.",
    "Try again in a moment. The health of the service shows what it can reach.",
  ],
};

const queueView: ErrorView = {
  title: "The queue cannot be reached",
  paragraphs: [
    "This page reads the queue itself, so it cannot be shown now. Nothing was changed, and no message is lost.",
    "Try again in a moment. The health of the service shows what it can reach.",
  ],
};

const failedView: ErrorView = {
  title: "Something went wrong in the service",
  paragraphs: ["Try again. If it happens again, tell the team that runs this service, with the reference below."],
};

/** What raised an error: `dependency` is what did not answer, where that is known. */
export interface ErrorOrigin {
  readonly dependency: string | null;
  readonly method: string;
}

/** What the page of an error says. */
export function viewError(
  { status, message, fields = [] }: ErrorAnswer,
  { dependency, method }: ErrorOrigin,
): ErrorView {
  if (dependency === "database") return databaseView;
  if (dependency === "queue") return queueView;
  if (status === 405 && method === "GET") return actionView;
  const view = views[status];
  if (view !== undefined) return view;
  if (status >= 500) return failedView;
  const details = fields.map(({ field, message: fault }) => `${field}: ${fault}`);
  return { title: message, paragraphs: [...details, "Go back, change what you asked for and try again."] };
}
