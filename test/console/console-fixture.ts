import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { describeWeights } from "./check-page.ts";
import { startService, type ServiceSettings, type TestService } from "../support/service.ts";

/** Who signs in. */
export type Person = "operator" | "viewer" | "stranger";

const labels: Readonly<Record<Person, string>> = {
  operator: "Sign in as an operator",
  viewer: "Sign in as a viewer",
  stranger: "Sign in as somebody without a role",
};

/** The whole service with its console, and a browser. */
export interface ConsoleStage extends AsyncDisposable {
  readonly service: TestService;
  readonly browser: Browser;
  readonly origin: string;
  /** A page of a person who has just signed in, on the path that was asked for; each call is a browser of its own. */
  signIn(person: Person, path?: string): Promise<Page>;
  /** A browser that no one has signed in with. */
  open(options?: Parameters<Browser["newContext"]>[0]): Promise<BrowserContext>;
}

/**
 * The console has to know its port before it listens. One that is free now may be given to another test file meanwhile; one
 * of the process's own, below those that the system gives away, is not.
 */
function ownPort(pid: number): number {
  return 20_000 + (pid % 10_000);
}

/** Starts service, stand-ins and browser; one of each for a test file. Dispose stops all of them. */
export async function startConsole(settings: ServiceSettings = {}): Promise<ConsoleStage> {
  await using starting = new AsyncDisposableStack();
  const port = ownPort(process.pid);
  const origin = `http://127.0.0.1:${port}`;
  const service = starting.use(await startService({ ...settings, consolePort: port }));
  const browser = await openBrowser();
  starting.defer(() => browser.close());
  starting.defer(() => void process.stdout.write(`${describeWeights()}\n`));
  const resources = starting.move();
  const open: ConsoleStage["open"] = async (options = {}) => {
    const context = await browser.newContext({ baseURL: origin, locale: "en-GB", ...options });
    context.setDefaultTimeout(20_000);
    return context;
  };
  return {
    service,
    browser,
    origin,
    open,
    signIn: async (person, path = "/console") => {
      const page = await (await open()).newPage();
      goOnDespiteRefresh(page);
      await signInOn(page, person, path);
      return page;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A page of work under way asks for itself again now and then, and so may give up where a test goes at the same moment. */
function goOnDespiteRefresh(page: Page): void {
  const goto = page.goto.bind(page);
  page.goto = async (...to) => {
    try {
      return await goto(...to);
    } catch (error) {
      if (error instanceof Error && error.message.includes("net::ERR_ABORTED")) return goto(...to);
      throw error;
    }
  };
}

/** Asks for a path and signs in on the way. */
export async function signInOn(page: Page, person: Person, path: string): Promise<void> {
  await page.goto(path);
  await page.getByRole("button", { name: labels[person] }).click();
  await page.waitForURL((url) => url.pathname.startsWith("/console") && !url.pathname.includes("sign-in"));
  assert.equal(new URL(page.url()).pathname, path.split("?", 1)[0]);
}
