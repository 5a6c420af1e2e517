import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { ListSubscriptionsByTopicCommand, SetSubscriptionAttributesCommand, SNSClient } from "@aws-sdk/client-sns";
import { Client } from "ldapts";
import { startHmppsAuth } from "../../sandbox/auth-server.ts";
import { startPostgres } from "../../sandbox/embedded-postgres.ts";
import { startLdapServer, userBase } from "../../sandbox/ldap-server.ts";
import { managers } from "../../sandbox/mpc/page.ts";
import { startSimulator } from "../../sandbox/mpc/simulator.ts";
import { region, startQueueServer, type QueueServer } from "../../sandbox/queue-server.ts";
import { openQueue } from "../../src/platform/queue/queue.ts";

const all = new AsyncDisposableStack();
after(() => all.disposeAsync());

async function makeFolder(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "stand-in-"));
  all.defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const never = new AbortController().signal;

function openOurQueue({ queueUrl: url, endpoint }: QueueServer) {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" });
  return openQueue({ url, deadLetterUrl: undefined, region, endpoint });
}

describe("the directory", () => {
  const user = { bindDn: "cn=admin,dc=moj,dc=com", password: "password" };
  const search = async (url: string, filter: string, scope: "base" | "sub" = "sub") => {
    const client = new Client({ url });
    await client.bind(user.bindDn, user.password);
    const { searchEntries } = await client.search(userBase, { scope, filter });
    await client.unbind();
    return searchEntries.map(({ dn }) => dn);
  };

  it("looks below the users' branch, in any letter case of a name", async () => {
    const { url } = all.use(await startLdapServer(user));
    const dana = [`cn=DanaOkafor,${userBase}`];
    assert.deepEqual(await search(url, "(&(objectclass=inetOrgPerson)(|(cn=danaokafor)(cn=nobody)))"), dana);
    assert.deepEqual(await search(url, "(mail=DANA.OKAFOR@example.com)"), dana);
    assert.deepEqual(await search(url, "(objectclass=*)", "base"), [userBase]);
  });

  it("lets no one in with a wrong password, and goes on after noise", async () => {
    const { url } = all.use(await startLdapServer(user));
    const noise = connect(Number(new URL(url).port), "127.0.0.1").on("error", () => undefined);
    noise.resume().end("GET / HTTP/1.1\r\n\r\n".repeat(20));
    await once(noise, "close");
    const client = new Client({ url });
    await assert.rejects(client.bind(user.bindDn, "wrong"));
    await client.unbind();
    assert.equal((await search(url, "(cn=MikaelDubois)")).length, 1);
  });

  it("stops while a client stays connected", async () => {
    const server = await startLdapServer(user);
    const client = connect(Number(new URL(server.url).port), "127.0.0.1").on("error", () => undefined);
    await once(client, "connect");
    await Promise.all([server[Symbol.asyncDispose](), once(client, "close")]);
  });
});

describe("HMPPS Auth", () => {
  it("stops while a browser holds a connection on which it asks nothing", async () => {
    const server = await startHmppsAuth({ clients: [] });
    const browser = connect(Number(new URL(server.issuer).port), "127.0.0.1").on("error", () => undefined);
    await once(browser, "connect");
    await Promise.all([server[Symbol.asyncDispose](), once(browser, "close")]);
  });
});

describe("the queue", () => {
  it("filters by the event types of now, also where an earlier version left its subscription", async () => {
    const directory = await makeFolder();
    const eventType = "offender-management.handover.changed";
    {
      await using server = await startQueueServer({ directory });
      const credentials = { accessKeyId: "a", secretAccessKey: "a" };
      const sns = new SNSClient({ endpoint: server.endpoint, region: "eu-west-2", credentials });
      const found = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: server.topicArn }));
      const [{ SubscriptionArn: arn } = {}] = found.Subscriptions ?? [];
      const change = {
        AttributeName: "FilterPolicy",
        AttributeValue: '{"eventType":["of.old"]}',
        SubscriptionArn: arn,
      };
      await sns.send(new SetSubscriptionAttributesCommand(change));
      sns.destroy();
      await server.publish({ body: "{}", eventType });
      assert.equal((await server.count()).visible, 0);
    }
    await using server = await startQueueServer({ directory });
    await server.publish({ body: "{}", eventType });
    await server.publish({ body: "{}", eventType: "of.old" });
    assert.equal((await server.count()).visible, 1);
  });
});

describe("the queue that is kept between starts, as `npm start` has it,", () => {
  it("keeps a message that is shown again before its time, at once and over a restart", async () => {
    const directory = await makeFolder();
    let messageId: string;
    {
      await using server = await startQueueServer({ directory });
      using queue = openOurQueue(server);
      messageId = await server.send("body", { eventType: "some.type" });
      for (const receives of [1, 2, 3]) {
        const [message, ...others] = await queue.receive(10, never);
        assert.deepEqual([message?.messageId, message?.receives, others], [messageId, receives, []]);
        await queue.hide(message?.receiptHandle ?? "", 0);
      }
      assert.deepEqual(await server.count(), { visible: 1, inFlight: 0, dead: 0 });
    }
    await using server = await startQueueServer({ directory });
    using queue = openOurQueue(server);
    const [message, ...others] = await queue.receive(10, never);
    assert.deepEqual([message?.messageId, message?.receives, others], [messageId, 4, []]);
    assert.deepEqual(message?.attributes, { eventType: "some.type" });
  });
});

describe("Manage POM Cases", () => {
  it("keeps the last of many changes that come at once", async () => {
    const stateFile = path.join(await makeFolder(), "prisoners.json");
    const publish = () => Promise.resolve("message");
    const jwksUrl = "http://127.0.0.1:9/keys";
    await using mpc = await startSimulator({ issuer: "issuer", jwksUrl, publish, stateFile });
    await Promise.all(managers.map((manager) => mpc.act("A1001AA", { kind: "allocate", manager, prison: "LEI" })));
    const allocation = { kind: "allocated", manager: managers.at(-1), prison: "LEI" };
    assert.deepEqual(JSON.parse(await readFile(stateFile, "utf8")), [{ noms: "A1001AA", allocation, handover: null }]);
  });
});

describe("PostgreSQL", () => {
  it("takes another port where two want the same one", async () => {
    const [first, second] = [await makeFolder(), await makeFolder()].map((folder) => path.join(folder, "data"));
    assert.ok(first !== undefined && second !== undefined);
    await using one = await startPostgres({ directory: first, durable: false });
    await using other = await startPostgres({ directory: second, durable: false, port: one.port });
    assert.notEqual(one.port, other.port);
  });
});
