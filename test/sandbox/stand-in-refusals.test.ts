import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { Client } from "ldapts";
import pg from "pg";
import { startLdapServer, userBase } from "../../sandbox/ldap-server.ts";
import { consumer, directoryUser } from "../../sandbox/credentials.ts";
import { startPeers, type Peers } from "../../sandbox/peers.ts";
import { signHeaders } from "../../sandbox/request-signature.ts";
import { region } from "../../sandbox/queue-server.ts";
import { createServiceRole } from "../support/service-role.ts";
import { createTestDatabase } from "../support/test-database.ts";

let peers: Peers;
let sqs: SQSClient;
before(async () => {
  peers = await startPeers();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  sqs = new SQSClient({ region, endpoint: peers.queue.endpoint, credentials });
});
after(async () => {
  sqs.destroy();
  await peers[Symbol.asyncDispose]();
});

async function askForToken(id: string, secret: string, grant = "client_credentials"): Promise<Response> {
  const headers = { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` };
  return fetch(peers.auth.tokenUrl, { method: "POST", headers, body: new URLSearchParams({ grant_type: grant }) });
}

describe("the stand-in of HMPPS Auth refuses", () => {
  it("an id that is encoded, and lets in a secret that is", async () => {
    assert.equal((await askForToken("manage%2Dpom%2Dcases", consumer.secret)).status, 401);
    assert.equal((await askForToken(consumer.id, consumer.secret.replace("-", "%2D"))).status, 200);
  });

  it("a wrong secret, and credentials in the body", async () => {
    assert.equal((await askForToken(consumer.id, "wrong")).status, 401);
    const body = { grant_type: "client_credentials", client_id: consumer.id, client_secret: consumer.secret };
    const answer = await fetch(peers.auth.tokenUrl, { method: "POST", body: new URLSearchParams(body) });
    assert.equal(answer.status, 401);
  });

  it("a token for anything but client credentials", async () => {
    assert.equal((await askForToken(consumer.id, consumer.secret, "refresh_token")).status, 400);
  });
});

describe("the stand-in of Manage POM Cases refuses", () => {
  it("a call without a token on every route, as Manage POM Cases words it", async () => {
    for (const path of ["/api", "/api/handovers/A1001AA", "/api/allocation/A1001AA/primary_pom"]) {
      for (const authorization of ["", "Bearer a.b.c", "Basic YTpi"]) {
        const answer = await fetch(peers.mpc.origin + path, { headers: { authorization } });
        const message = "Valid authorisation token required";
        assert.deepEqual([answer.status, await answer.json()], [401, { status: "error", message }]);
        assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
      }
    }
  });
});

describe("the stand-in of SQS refuses", () => {
  const send = (attributes: Readonly<Record<string, string>>) =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: peers.queue.queueUrl,
        MessageBody: "body",
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, text]) => [name, { DataType: "String", StringValue: text }]),
        ),
      }),
    );

  const receiveOne = async () => {
    await send({});
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: peers.queue.queueUrl }));
    return message?.ReceiptHandle ?? "";
  };
  /** No handle at all, one of the right shape, and one that was changed. */
  const makeUp = (handle: string) => [
    "made up",
    randomUUID(),
    handle.replace(/^\w/, (sign) => (sign === "0" ? "1" : "0")),
  ];

  it("a receipt handle that it never gave", async () => {
    for (const ReceiptHandle of makeUp(await receiveOne())) {
      const handle = { QueueUrl: peers.queue.queueUrl, ReceiptHandle };
      await assert.rejects(sqs.send(new DeleteMessageCommand(handle)), { name: "ReceiptHandleIsInvalid" });
      const change = new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 0 });
      await assert.rejects(sqs.send(change), { name: "ReceiptHandleIsInvalid" });
    }
  });

  it("such a handle within a batch, and takes the others", async () => {
    const QueueUrl = peers.queue.queueUrl;
    const own = await receiveOne();
    const [madeUp = "", ...others] = makeUp(own);
    const batch = (...handles: readonly string[]) =>
      sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      );
    const { Successful: taken = [], Failed: refused = [] } = await batch(madeUp, own, ...others);
    assert.deepEqual([taken.map(({ Id }) => Id), refused.map(({ Id }) => Id)], [["1"], ["0", "2", "3"]]);
    assert.ok(refused.every(({ Code }) => Code === "ReceiptHandleIsInvalid"));
    assert.equal((await batch(madeUp)).Failed?.length, 1);
  });

  it("a call that is not signed, or with another secret, or about something else than was signed", async () => {
    const { endpoint, queueUrl: QueueUrl } = peers.queue;
    const body = JSON.stringify({ QueueUrl });
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.PurgeQueue" };
    const call = (given: Readonly<Record<string, string>>, text: string = body) =>
      fetch(endpoint, { method: "POST", headers: given, body: text });
    const signed = signHeaders({ method: "POST", url: "/", headers, body });
    assert.equal((await call(signed)).status, 200);
    for (const refused of [
      await call(headers),
      await call(signed, `${body} `),
      await call({ ...signed, "x-amz-target": "AmazonSQS.DeleteQueue" }),
    ]) {
      assert.equal(refused.status, 403);
    }
    const credentials = { accessKeyId: "test", secretAccessKey: "another" };
    const stranger = new SQSClient({ region, endpoint, credentials });
    await assert.rejects(stranger.send(new PurgeQueueCommand({ QueueUrl })), { name: "SignatureDoesNotMatch" });
    stranger.destroy();
  });

  it("to hide a message that is not in flight", async () => {
    await send({});
    const QueueUrl = peers.queue.queueUrl;
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const handle = { QueueUrl, ReceiptHandle: message?.ReceiptHandle };
    await sqs.send(new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 0 }));
    const change = new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 30 });
    await assert.rejects(sqs.send(change), { name: "MessageNotInflight" });
  });

  it("attributes that SQS does not take", async () => {
    const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`name${index}`, "text"]));
    for (const attributes of [eleven, { empty: "" }, { "aws.name": "text" }, { "a name": "text" }]) {
      await assert.rejects(send(attributes), { name: "InvalidParameterValue" });
    }
  });

  it("a message that is too large", async () => {
    const large = { QueueUrl: peers.queue.queueUrl, MessageBody: "x".repeat(1_048_577) };
    await assert.rejects(sqs.send(new SendMessageCommand(large)), { name: /InvalidParameterValue$/ });
  });
});

describe("the stand-in of SNS refuses", () => {
  const attributesOf = (entries: Readonly<Record<string, readonly [type: string, text: string]>>) =>
    Object.fromEntries(
      Object.entries(entries).map(([name, [DataType, StringValue]]) => [name, { DataType, StringValue }]),
    );
  const eventType = ["String", "handover"] as const;

  it("attributes that SNS does not take", async () => {
    const { endpoint, topicArn: TopicArn } = peers.queue;
    const sns = new SNSClient({ region, endpoint, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    const publish = (entries: Parameters<typeof attributesOf>[0]) =>
      sns.send(new PublishCommand({ TopicArn, Message: "{}", MessageAttributes: attributesOf(entries) }));
    await publish({ eventType });
    const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`name${index}`, eventType]));
    const refused = [
      eleven,
      { eventType, empty: ["String", ""] },
      { "aws.name": eventType },
      { name: ["Strange", "text"] },
    ] as const;
    for (const entries of refused) await assert.rejects(publish(entries), { name: /^InvalidParameterValue/ });
    sns.destroy();
  });
});

describe("the stand-in of Delius refuses", () => {
  it("a write that the service's user was not granted", async () => {
    await using database = await createTestDatabase();
    await using role = await createServiceRole(database);
    const user = new pg.Client({ connectionString: role.url });
    await user.connect();
    await user.query("select from offender");
    for (const statement of [
      "update offender set crn = crn",
      "delete from key_date",
      "insert into team select * from team",
    ]) {
      await assert.rejects(user.query(statement), { code: "42501" });
    }
    await user.end();
  });
});

describe("the stand-in of the directory refuses", () => {
  it("a search before a bind, and a bind with another password", async () => {
    const client = new Client({ url: peers.ldap.url });
    await assert.rejects(client.search(userBase, { filter: "(cn=*)" }), { name: "InsufficientAccessError" });
    await assert.rejects(client.bind(directoryUser.bindDn, "wrong"), { name: "InvalidCredentialsError" });
    await client.unbind();
  });

  it("to show more entries than the client wants, or than a search may bring", async () => {
    const { bindDn, password } = directoryUser;
    const users = Array.from({ length: 501 }, (_, index) => ({ name: `User${index}`, surname: "User" }));
    await using server = await startLdapServer({ bindDn, password, users });
    const client = new Client({ url: server.url });
    await client.bind(bindDn, password);
    const search = (filter: string, sizeLimit: number) => client.search(userBase, { filter, sizeLimit });
    const two = "(|(cn=User1)(cn=User2))";
    assert.equal((await search(two, 2)).searchEntries.length, 2);
    assert.equal((await search(two, 1)).searchEntries.length, 1);
    await assert.rejects(search("(cn=*)", 0), { name: "SizeLimitExceededError" });
    await client.unbind();
  });
});
