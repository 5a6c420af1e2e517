import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { Client } from "ldapts";
import { userBase } from "../../sandbox/ldap-server.ts";
import { consumer, directoryUser } from "../../sandbox/credentials.ts";
import { startPeers, type Peers } from "../../sandbox/peers.ts";
import { region } from "../../sandbox/queue-server.ts";

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

  it("a receipt handle that never was one", async () => {
    const handle = { QueueUrl: peers.queue.queueUrl, ReceiptHandle: "made up" };
    await assert.rejects(sqs.send(new DeleteMessageCommand(handle)), { name: "ReceiptHandleIsInvalid" });
    const change = new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 0 });
    await assert.rejects(sqs.send(change), { name: "ReceiptHandleIsInvalid" });
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

describe("the stand-in of the directory refuses", () => {
  it("a search before a bind, and a bind with another password", async () => {
    const client = new Client({ url: peers.ldap.url });
    await assert.rejects(client.search(userBase, { filter: "(cn=*)" }), { name: "InsufficientAccessError" });
    await assert.rejects(client.bind(directoryUser.bindDn, "wrong"), { name: "InvalidCredentialsError" });
    await client.unbind();
  });
});
