import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { actOnce, type SentForm } from "../../src/console/web/act-once.ts";
import type { FormResult } from "../../src/console/web/form-store.ts";
import type { Database, Executor } from "../../src/platform/database/database.ts";
import { createTestDatabase, openStore, type TestDatabase } from "../support/test-database.ts";

const done: FormResult = { location: "/console/actions/7", notice: { kind: "success", title: "Done", text: "All." } };
const page = "/console/quarantine";

describe("a form that is sent", () => {
  let database: TestDatabase;
  let store: Database;
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  const send = (formId: string, act: SentForm["act"], patienceMs = 0) =>
    actOnce(store, { formId, act, page, patienceMs });
  const refuse = () => assert.fail("it acts once");

  it("acts once, and leads anyone who sends it again where the first sender was led", async () => {
    const formId = randomUUID();
    assert.deepEqual(await send(formId, async () => done), done);
    assert.deepEqual(await send(formId, refuse), done);
  });

  it("waits for what the first sending comes to, where the second comes before that", async () => {
    const formId = randomUUID();
    const [acting, finishing] = [Promise.withResolvers<unknown>(), Promise.withResolvers<FormResult>()];
    const first = send(formId, () => {
      acting.resolve(null);
      return finishing.promise;
    });
    await acting.promise;
    const hasNoPatience = await send(formId, refuse);
    assert.deepEqual([hasNoPatience.location, hasNoPatience.notice.title], [page, "This was already sent"]);
    const second = send(formId, refuse, 60_000);
    finishing.resolve(done);
    assert.deepEqual(await Promise.all([first, second]), [done, done]);
  });

  it("may be sent again where the act raised, and leads one who waited for that to its page", async () => {
    const formId = randomUUID();
    const [acting, finishing] = [Promise.withResolvers<unknown>(), Promise.withResolvers<FormResult>()];
    const first = send(formId, () => {
      acting.resolve(null);
      return finishing.promise;
    });
    await acting.promise;
    const waiting = Promise.withResolvers<unknown>();
    const executor: Executor = {
      list: (statement, values) => {
        if (statement.name === "find-console-form") waiting.resolve(null);
        return store.list(statement, values);
      },
    };
    const second = actOnce(executor, { formId, act: refuse, page, patienceMs: 60_000 });
    await waiting.promise;
    finishing.reject(new Error("The database is away"));
    await assert.rejects(first, /The database is away/);
    const { location, notice } = await second;
    assert.deepEqual([location, notice.title], [page, "It could not be done"]);
    assert.deepEqual(await send(formId, async () => done), done);
  });
});
