import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startService, type TestService } from "../support/service.ts";
import { watchConsoleRoutes, type ConsoleRoute } from "./listed-routes.ts";
import { signedIn, type SignedIn } from "./signed-in.ts";

const exact = (method: string) => (route: ConsoleRoute) => route.method === method;

describe("a request that the console has no page for", () => {
  let service: TestService;
  let routes: readonly ConsoleRoute[];
  let person: SignedIn;
  before(async () => {
    using watch = watchConsoleRoutes();
    service = await startService({ consolePort: 9, environment: { PORT: "0", CONSUMER_ENABLED: "false" } });
    routes = watch.list();
    person = await signedIn();
  });
  after(() => service[Symbol.asyncDispose]());

  const ask = async (method: string, path: string, cookie?: string) => {
    const headers = cookie === undefined ? {} : { cookie };
    const response = await fetch(service.address + path, { method, headers, redirect: "manual" });
    const [type, allow] = ["content-type", "allow"].map((name) => response.headers.get(name));
    return { status: response.status, type, allow, html: await response.text() };
  };
  /** Where the links in the middle of a page lead. */
  const listWaysOut = (html: string) => {
    const [, main = ""] = html.split("<main");
    return [...main.matchAll(/<a class="govuk-link" href="([^"]+)"/g)].map(([, href = ""]) => href);
  };
  const html = "text/html; charset=utf-8";

  it("is answered with a page that leads to the pages that there are, by every address that takes only a form", async () => {
    const opened = new Set(routes.filter(exact("GET")).map(({ path }) => path));
    const actions = routes.filter(exact("POST")).flatMap(({ path }) => (opened.has(path) ? [] : path));
    assert.ok(actions.includes("/console/intake/pause") && actions.includes("/console/sign-out"), actions.join());
    for (const path of actions) {
      const answer = await ask("GET", path, person.cookie);
      assert.deepEqual([answer.status, answer.type, answer.allow], [405, html, "POST"], path);
      assert.match(answer.html, /This address is not a page[^]*nothing was changed/, path);
      const waysOut = listWaysOut(answer.html);
      const [, section = ""] = /^(\/console\/[^/]+)/.exec(path) ?? [];
      assert.deepEqual(waysOut, opened.has(section) ? [section, "/console"] : ["/console"], path);
      for (const way of waysOut) assert.equal((await ask("GET", way, person.cookie)).status, 200, way);
      const foreign = await ask("GET", path);
      assert.deepEqual([foreign.status, foreign.type, listWaysOut(foreign.html)], [405, html, ["/console"]], path);
      assert.doesNotMatch(foreign.html, /A_PERSON/);
    }
  });

  it("is a page with a way out for methods that a page does not take, known or not", async () => {
    const pages = routes.filter(exact("GET")).filter(({ path }) => !path.startsWith("/console/assets/"));
    for (const { path } of pages) {
      for (const method of ["DELETE", "PROPFIND", "QUERY"]) {
        const answer = await ask(method, path, person.cookie);
        assert.deepEqual([answer.status, answer.type], [405, html], `${method} ${path}`);
        assert.match(String(answer.allow), /^GET, HEAD|HEAD, GET/);
        assert.ok(listWaysOut(answer.html).includes("/console"), path);
      }
    }
  });

  it("is a page with a way out at an address that there is not, whoever asks and by whichever method", async () => {
    const broken = ["/console/messages/%zz", "/console/cases/%E0%A4%A", "/console/%"];
    for (const path of ["/console/nothing", "/console/quarantine/groups/1/nothing", ...broken]) {
      for (const method of ["GET", "POST", "DELETE", "PROPFIND"]) {
        for (const cookie of [undefined, person.cookie]) {
          const answer = await ask(method, path, cookie);
          assert.deepEqual([answer.status, answer.type], [404, html], `${method} ${path}`);
          assert.match(answer.html, /Page not found/);
          assert.ok(listWaysOut(answer.html).includes("/console"), path);
        }
      }
    }
    assert.equal((await ask("GET", "/console/messages?next=%zz", person.cookie)).type, html);
  });
});
