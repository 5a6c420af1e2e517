import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { sandboxSessionSecret } from "../../src/app/console-config.ts";
import { createSealedCookies } from "../../src/console/session/sealed-cookie.ts";
import { beginSession } from "../../src/console/session/session.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { watchDatabase, type DatabaseTraffic } from "../support/database-traffic.ts";
import { startService, type TestService } from "../support/service.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { watchConsoleRoutes } from "./listed-routes.ts";
import { addLongHistory } from "./long-history.ts";
import { addOneOfEach, refreshRun } from "./one-of-each.ts";

const unknownCase = "Z9998ZZ";
/** What every page asks for what all pages say. */
const frame = "get-frame";

/** The statements of a page beside the frame's, by its address. */
const pages: Readonly<Record<string, readonly string[]>> = {
  // The look at the database's health is shared by all who ask within two seconds.
  "/console": ["get-overview", "list-replicas"],
  "/console/messages": ["find-message-floor", "list-messages"],
  "/console/messages/1": ["get-message-details", "list-operator-actions-about"],
  "/console/cases/X100004": ["list-stored-explanations"],
  [`/console/cases/${unknownCase}`]: ["explain-other-case", "list-stored-explanations"],
  "/console/quarantine": ["list-quarantine-groups"],
  "/console/quarantine/messages": ["list-quarantine-groups", "list-quarantined"],
  "/console/quarantine/replay?group=UnknownPrison": [
    "list-quarantine-group-keys",
    "list-quarantined-by-key",
    "list-stored-messages",
  ],
  "/console/quarantine/discard?group=UnknownPrison": ["list-quarantine-group-keys", "list-quarantined-by-key"],
  "/console/quarantine/restore?inboxKey=1": ["list-quarantined-by-key"],
  "/console/quarantine/cancel?inboxKey=1": ["list-quarantined-by-key"],
  "/console/quarantine/groups/replay?group=UnknownPrison": [
    "list-quarantine-group-keys",
    "list-quarantined-by-key",
    "list-stored-messages",
  ],
  "/console/quarantine/groups/1": ["count-replayed-batch", "find-group-replay"],
  "/console/dead-letters": ["list-failures-of-dead-letters", "list-unsettled-quarantine"],
  "/console/dead-letters/redrive?inboxKey=1": ["list-failures-of-dead-letters", "list-unsettled-quarantine"],
  "/console/waiting": ["list-waiting-cases", "list-waiting-groups"],
  "/console/waiting/dismiss?nomsNumber=A1001AA&fact=handover": [],
  "/console/reconciliation": ["list-reconciliation-runs"],
  "/console/reconciliation/1": ["find-reconciliation-run", "list-reported-differences"],
  "/console/reconciliation/1/repair": ["count-repairs", "find-reconciliation-run"],
  [`/console/reconciliation/repairs/${refreshRun}`]: [
    "find-refresh-summary",
    "find-refreshed-selection",
    "list-repairs",
    "list-traces-of-action",
  ],
  "/console/actions": ["list-operator-actions", "list-traces-of-action"],
  "/console/actions/1": ["find-operator-action", "list-traces-of-action"],
};

/** A file goes through its table part by part, the search leads on, and anyone may see the rest. */
const isNoPage = /\.csv$|^\/console\/(?:search$|sign-|signed-|assets\/)/;

/** What jobs ask from time to time, and what a preview of a replay asks of each message, of twelve at most. */
const isBeside = (statement: string) =>
  /^(?:claim|remove|expire|save|limit|list-open)-|^(?:ping|list-repairs|list-waiting-groups|find-last-whole-reconciliation)$|^(?:begin|look|rollback|commit)$/.test(
    statement,
  );

const maxBytes = 30 * 1024;

/** What a page's headers let others do, or let the page do, that they ought not to. */
function listPolicyFaults(headers: Headers): readonly string[] {
  const policy = headers.get("content-security-policy") ?? "";
  const wanted = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  const parts = policy.split("; ");
  const others = { "x-content-type-options": "nosniff", "cache-control": "no-store" };
  return [
    ...wanted.filter((part) => !parts.includes(part)),
    ...(/unsafe|\*/.test(policy) ? [policy] : []),
    ...Object.entries(others).flatMap(([name, value]) => (headers.get(name) === value ? [] : name)),
  ];
}

describe("a page of the console", () => {
  const resources = new AsyncDisposableStack();
  let [database, traffic, service]: [TestDatabase?, DatabaseTraffic?, TestService?] = [];
  let paths: readonly string[] = [];
  let cookie: string;
  before(async () => {
    database = resources.use(await createTestDatabase());
    traffic = resources.use(await watchDatabase(database.url));
    using watch = watchConsoleRoutes();
    const environment = { DATABASE_URL: traffic.url, CONSUMER_ENABLED: "false", PORT: "0" };
    service = resources.use(await startService({ database, consolePort: 9, environment }));
    paths = watch.list().flatMap(({ method, path }) => (method === "GET" && !isNoPage.test(path) ? path : []));
    const viewer = { client: "console", actor: "A_VIEWER", authorities: new Set(["ROLE_MPC_DELIUS_VIEW"]) };
    const cookies = createSealedCookies(secret(sandboxSessionSecret), false);
    cookie = await cookies.seal("session", beginSession("one", viewer, Date.now()));
    await addOneOfEach(service);
  });
  after(() => resources.disposeAsync());

  const open = async (address: string) => {
    assert.ok(traffic && service);
    traffic.take();
    const response = await fetch(service.address + address, { headers: { cookie } });
    assert.deepEqual(listPolicyFaults(response.headers), [], address);
    assert.doesNotMatch(await response.text(), /<script(?! type="module" src=)|<style|\son\w+=|\sstyle=/i, address);
    assert.equal(response.status, address.endsWith(unknownCase) ? 404 : 200, address);
    const bytes = Number(response.headers.get("content-length"));
    return { asked: traffic.take().flat(), bytes };
  };
  const check = async (context: TestContext, rows: string) => {
    for (const [address, own] of Object.entries(pages)) {
      const { asked, bytes } = await open(address);
      const rest = own.concat(frame).reduce((left, name) => left.toSpliced(left.indexOf(name), 1), asked);
      assert.equal(rest.length, asked.length - own.length - 1, `${address}: ${asked.join(", ")}`);
      assert.deepEqual(
        rest.filter((statement) => !isBeside(statement)),
        [],
        address,
      );
      assert.ok(bytes > 0 && bytes <= maxBytes, `${address} has ${bytes} bytes`);
      context.diagnostic(`${rows}: ${address}: ${own.length + 1} statements, ${bytes} bytes`);
    }
  };

  it("is among those that are counted here", () => {
    const opened = Object.keys(pages).map((address) => address.split("?", 1)[0] ?? "");
    const isOpened = (path: string) =>
      opened.some((one) => new RegExp(`^${path.replaceAll(/(?<=\/)1(?=\/|$)/g, "[^/]+")}$`).test(one));
    assert.ok(paths.length > 15);
    assert.deepEqual(
      paths.filter((path) => !isOpened(path)),
      [],
    );
  });

  it("asks its statements over one row of each kind", (context) => check(context, "one row"));

  it("asks the same and stays light over 10,000 messages, 1,000 of them quarantined", async (context) => {
    assert.ok(database);
    await addMany(database);
    await check(context, "many rows");
  });
});

async function addMany(database: TestDatabase): Promise<void> {
  const many: readonly string[] = [
    `insert into mpc_delius.journal (inbox_key, fact, event_type, noms_number, crn, received_at, decided_at, outcome, outcome_class,
       properties, reasons, changes)
     select 'many-' || number, 'allocation', 'offender-management.allocation.changed', 'A1001AA', 'X100001', now(), now(),
       'PomAllocated', 'written', '{}', '[]', '[]'
     from generate_series(1, 10000) number`,
    `insert into mpc_delius.quarantine (inbox_key, fact, reason, error, body, attributes, first_seen, last_seen)
     select 'many-' || number, 'allocation', 'UnknownPrison', 'No provider of Delius stands for the prison.', 'body', '{}', now(), now()
     from generate_series(1, 1000) number`,
    `insert into mpc_delius.attempt (inbox_key, receives, dependency, error_class)
     select '1', number, 'mpc', 'HTTP 502' from generate_series(1, 300) number`,
    `insert into mpc_delius.waiting (noms_number, fact, outcome, waits_for, inbox_key, since)
     select 'G' || lpad(number::text, 4, '0') || 'ZZ', 'handover', 'NoActiveCustodialSentence', 'sentence change', 'key', now()
     from generate_series(1, 1000) number`,
    `insert into mpc_delius.difference (reconciliation_run_id, offender_id, noms_number, fact, class, outcome, confirmed)
     select 1, 1000 + number, 'G' || lpad(number::text, 4, '0') || 'ZZ', 'handover', 'date-different', 'KeyDateUpdated', true
     from generate_series(1, 300) number`,
    `insert into mpc_delius.reconciliation_run (finished_at, selection, totals)
     select now(), '{"all": true}', '{"differences": {"date-different": 3}, "deletes": {"extra": 0, "stale": 0}}'
     from generate_series(1, 100)`,
    `insert into mpc_delius.operator_action (actor, action, reason, subject)
     select 'A_PERSON', 'discard', 'A reason', json_build_object('inboxKeys', json_build_array('many-' || number))::jsonb
     from generate_series(1, 1000) number`,
  ];
  for (const text of many) await database.query(text);
  await addLongHistory(database, "X100004");
}
