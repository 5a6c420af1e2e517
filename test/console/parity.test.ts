import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { sandboxSessionSecret } from "../../src/app/console-config.ts";
import { createSealedCookies } from "../../src/console/session/sealed-cookie.ts";
import { beginSession, sessionSchema } from "../../src/console/session/session.ts";
import { createFormTokens } from "../../src/console/web/form-token.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { letWait, quarantine } from "../operations/stored-rows.ts";
import { startIssuer, type Issuer } from "../support/issuer.ts";
import { startService, type TestService } from "../support/service.ts";
import type { TestDatabase } from "../support/test-database.ts";
import { watchRoutes, type AddedRoute } from "./listed-routes.ts";
import {
  known,
  pairs,
  refusals,
  withoutForm,
  withoutOperation,
  wrongInputs,
  type Input,
  type Pair,
} from "./parity-rows.ts";

const [port, session] = [9, "one"];
const origin = `http://127.0.0.1:${port}`;
const caller = { client: "console", actor: "AN_OPERATOR", authorities: new Set(["ROLE_MPC_DELIUS_OPERATE"]) };
const faultSchema = z.object({
  status: z.int(),
  message: z.string(),
  fields: z.array(z.object({ field: z.string(), message: z.string() })).default([]),
});
const resultsSchema = z.object({ results: z.array(z.object({ message: z.string().optional() })) });

const tables = [
  "operator_action",
  "quarantine",
  "waiting",
  "refresh_run",
  "reconciliation_run",
  "difference",
  "group_replay",
];
const byText = (one: string, other: string) => (one < other ? -1 : 1);

/** What an order came to: its status, and what is said of it. */
interface Answer {
  readonly status: number;
  readonly texts: readonly string[];
}

describe("a form of a page", () => {
  const resources = new AsyncDisposableStack();
  const cookies = createSealedCookies(secret(sandboxSessionSecret), false);
  const tokens = createFormTokens(secret(sandboxSessionSecret));
  let service: TestService;
  let issuer: Issuer;
  let cookie: string;
  let routes: readonly AddedRoute[];
  before(async () => {
    issuer = resources.use(await startIssuer());
    using watch = watchRoutes();
    const environment = {
      AUTH_ISSUER: issuer.issuer,
      AUTH_JWKS_URL: issuer.jwksUrl,
      CONSUMER_ENABLED: "false",
      PORT: "0",
    };
    service = resources.use(await startService({ consolePort: port, environment }));
    routes = watch.list();
    cookie = await cookies.seal("session", beginSession(session, caller, Date.now()));
    await addOneOfEach(service.database);
  });
  after(() => resources.disposeAsync());

  const named = (path: string, name = "1") => path.replace(/:\w+/, name);
  const show = async (address: string) => (await fetch(service.address + address, { headers: { cookie } })).text();
  const sendForm = async (pair: Pair, values: Input["form"], name = pair.name): Promise<Answer> => {
    const given = Object.entries(values).flatMap(([key, value]) => [value].flat().map((one) => [key, one] as const));
    const sent = new URLSearchParams([["form", tokens.write(session)]]);
    for (const [key, one] of given) sent.append(key, one);
    const response = await fetch(service.address + named(pair.form, name), {
      method: "POST",
      redirect: "manual",
      headers: { cookie, origin },
      body: sent,
    });
    if (response.status !== 303) return { status: response.status, texts: readTexts(await response.text()) };
    const { notice } = (await cookies.open("session", response.headers.getSetCookie()[0], sessionSchema)) ?? {};
    return { status: response.status, texts: notice === undefined ? [] : [notice.text] };
  };
  const sendRequest = async (pair: Pair, body: unknown, name = pair.name): Promise<Answer> => {
    const token = await issuer.sign({ authorities: [...caller.authorities], user_name: caller.actor });
    const [method = "", path = ""] = pair.operation.split(" ");
    const response = await fetch(service.address + named(path, name), {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    if (response.ok) {
      const { results } = resultsSchema.safeParse(answer).data ?? { results: [] };
      return { status: response.status, texts: results.flatMap(({ message }) => message ?? []) };
    }
    const { message, fields } = faultSchema.parse(answer);
    const first = new Map(fields.toReversed().map((fault) => [fault.field.split(".")[0], fault.message]));
    return { status: response.status, texts: first.size === 0 ? [message] : [...first.values()].toReversed() };
  };
  const countActions = () => service.database.query("select from mpc_delius.operator_action");

  it("does what an operation of the API does, and each operation has a form", () => {
    const posts = routes.filter(({ method, path }) => method !== "GET" && method !== "HEAD" && path !== "*");
    const forms = posts.flatMap(({ path }) => (path.startsWith("/console/") || path === "/console" ? path : []));
    const operations = posts.flatMap(({ method, path }) =>
      /^\/(operations|queue-admin)\//.test(path) ? `${method} ${path}` : [],
    );
    const faults = [
      ...forms
        .filter((path) => !(path in withoutOperation) && !pairs.some(({ form }) => form === path))
        .map((path) => `The form ${path} has no API operation in parity-rows.ts: name it, or say why there is none.`),
      ...operations
        .filter((name) => !(name in withoutForm) && !pairs.some(({ operation }) => operation === name))
        .map((name) => `The operation ${name} has no form in parity-rows.ts: name it, or say why there is none.`),
      ...[...Object.keys(withoutOperation), ...pairs.map(({ form }) => form)]
        .filter((path) => !forms.includes(path))
        .map((path) => `There is no form ${path}: take it out of parity-rows.ts.`),
      ...[...Object.keys(withoutForm), ...pairs.map(({ operation }) => operation)]
        .filter((name) => !operations.includes(name))
        .map((name) => `There is no operation ${name}: take it out of parity-rows.ts.`),
    ];
    assert.deepEqual([forms.length > 10, operations.length > 10, faults], [true, true, []]);
  });

  for (const pair of pairs) {
    const { form, operation, page, shownWhile, fields, withoutField = {}, valid } = pair;
    it(`${form} has the fields and limits of ${operation}`, async () => {
      const body = routes.find(({ method, path }) => `${method} ${path}` === operation)?.body;
      const properties = listProperties(body);
      const [run = null, undo = null] = shownWhile ?? [];
      if (run !== null) await service.database.query(run);
      const html = findForm(await show(page), form);
      if (undo !== null) await service.database.query(undo);
      assert.ok(html !== null, `${page} shows no form that sends to ${form}`);
      const inputs = [...html.matchAll(/ name="(\w+)"/g)].map(([, name = ""]) => name);
      const own = new Set(inputs.filter((name) => name !== "form" && name !== "from"));
      assert.deepEqual([...own].toSorted(byText), Object.keys(fields).toSorted(byText));
      const taken = new Set([...Object.values(fields), ...Object.keys(withoutField)]);
      assert.deepEqual([...taken].toSorted(byText), [...properties.keys()].toSorted(byText));
      const limit = z.object({ maxLength: z.int() }).parse(properties.get("reason"));
      assert.match(html, new RegExp(` maxlength="${limit.maxLength}"`));
    });

    const wrong = [
      ...[
        ["no reason", undefined],
        ["a blank reason", "  "],
        ["a reason that is too long", "x".repeat(501)],
        ["a reason with a control character", "bell\u0007"],
        ["a reason with a NUL", "nul\0"],
      ].map(([what, reason]) => {
        const given = reason === undefined ? {} : { reason };
        return { what, form: { ...valid.form, ...given }, body: { ...valid.body, ...given } };
      }),
      ...(wrongInputs[form] ?? []).map(({ what, ...input }) => {
        const given = { reason: "A reason" };
        return { what, form: { ...input.form, ...given }, body: { ...input.body, ...given } };
      }),
    ];
    for (const { what, ...input } of wrong) {
      it(`${form} refuses ${what} as ${operation} does, in the same words`, async () => {
        const recorded = await countActions();
        const [shown, told] = [await sendForm(pair, input.form), await sendRequest(pair, input.body)];
        assert.deepEqual(shown, told);
        assert.equal(told.status, 400);
        assert.ok(told.texts.length > 0 && told.texts.every((text) => /^[A-Z]/.test(text)), told.texts.join());
        assert.equal((await countActions()).length, recorded.length);
      });
    }
  }

  // A run that is started is carried out meanwhile.
  for (const pair of pairs.filter(({ form }) => form !== "/console/reconciliation")) {
    it(`${pair.form} is recorded as ${pair.operation} is, where both are accepted`, async () => {
      const orders = [
        () => sendForm(pair, { ...pair.valid.form, reason: "A reason" }),
        () => sendRequest(pair, { ...pair.valid.body, reason: "A reason" }),
      ];
      const done: unknown[] = [];
      for (const send of orders) {
        await service.database.query(
          `truncate ${tables.map((name) => `mpc_delius.${name}`).join()} restart identity cascade`,
        );
        await service.database.query("update mpc_delius.intake_state set running = true");
        await addOneOfEach(service.database);
        if (pair.shownWhile !== undefined) await service.database.query(pair.shownWhile[0]);
        const { status } = await send();
        assert.ok(status === 200 || status === 303, String(status));
        done.push(
          await service.database.query("select actor, action, reason, subject from mpc_delius.operator_action"),
        );
      }
      assert.equal(z.array(z.unknown()).parse(done[0]).length, 1, JSON.stringify(done));
      assert.deepEqual(done[0], done[1]);
    });
  }

  for (const { what, form, input, name, prepare } of refusals) {
    it(`${form} refuses ${what} as the API does, in the same words`, async () => {
      const pair = pairs.find((one) => one.form === form);
      assert.ok(pair);
      const [run = null, undo = null] = prepare ?? [];
      if (run !== null) await service.database.query(run);
      const given = { reason: "A reason" };
      const { form: values, body } = input ?? pair.valid;
      const recorded = await countActions();
      const shown = await sendForm(pair, { ...values, ...given }, name);
      const told = await sendRequest(pair, { ...body, ...given }, name);
      if (undo !== null) await service.database.query(undo);
      const [text = ""] = told.texts;
      assert.ok(text.length > 0 && told.texts.length === 1, JSON.stringify(told));
      assert.equal(shown.status, 303, JSON.stringify(shown));
      assert.ok(shown.texts[0]?.startsWith(`${text}.`), `${String(shown.texts[0])} does not say: ${text}`);
      assert.equal((await countActions()).length, recorded.length);
    });
  }
});

function readTexts(html: string): readonly string[] {
  const [, summary = ""] = /class="govuk-error-summary__body">(.*?)<\/ul>/s.exec(html) ?? [];
  const inSummary = [...summary.matchAll(/<a[^>]*>(.*?)<\/a>/gs)].map(([, text = ""]) => text);
  const onErrorPage = [...html.matchAll(/<p class="govuk-body">[\w.]+: (.*?)<\/p>/g)].map(([, text = ""]) => text);
  return (inSummary.length > 0 ? inSummary : onErrorPage).map((text) => unescape(text).trim());
}

function findForm(html: string, form: string): string | null {
  const address = new RegExp(` (?:form)?action="${form.replaceAll(/:\w+/g, '[^/"]+')}"`);
  return html.match(/<form method="post".*?<\/form>/gs)?.find((one) => address.test(one)) ?? null;
}

const unescape = (text: string) =>
  text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

const bodySchema = z.object({
  properties: z.record(z.string(), z.unknown()).default({}),
  oneOf: z.array(z.unknown()).default([]),
  anyOf: z.array(z.unknown()).default([]),
});

/** The properties of a request, of all its shapes. */
function listProperties(body: unknown): ReadonlyMap<string, unknown> {
  const { properties, oneOf, anyOf } = bodySchema.parse(body);
  return new Map([...Object.entries(properties), ...[...oneOf, ...anyOf].flatMap((one) => [...listProperties(one)])]);
}

async function addOneOfEach(database: TestDatabase): Promise<void> {
  await letWait(database, {});
  await quarantine(database, { inbox_key: known.held });
  await quarantine(database, { inbox_key: known.discarded, state: "discarded" });
  await quarantine(database, { inbox_key: known.replaying, state: "replaying", due_at: "2100-01-01" });
  await database.query(
    `insert into mpc_delius.reconciliation_run (finished_at, selection, totals) values
       (now(), '{"all": true}', '{"differences": {"date-missing": 1}, "deletes": {"extra": 101, "stale": 0}}')`,
  );
  await database.query(
    `insert into mpc_delius.reconciliation_run (selection, ordered_by, due_at) values ('{"prison": "LEI"}', 'A', '2100-01-01')`,
  );
  await database.query(
    `insert into mpc_delius.difference (reconciliation_run_id, offender_id, noms_number, fact, class, outcome, confirmed)
     values (1, 4, 'A1004AA', 'handover', 'date-missing', 'KeyDateCreated', true)`,
  );
  await database.query(
    `insert into mpc_delius.refresh_run (refresh_run_id, started_by, dry_run, remove_stale, selection, due_at, rest_at, held_at)
     values ('2026-01-01-1', 'A', false, false, '{"reconciliationRun": 1, "cases": 9}', now(), null, now())`,
  );
  await database.query(
    `insert into mpc_delius.group_replay (quarantine_reason, messages, ordered_by, order_reason, batches, batch)
     values ('UnknownTeam', 9, 'A', 'r', 2, '{replaying}')`,
  );
}
