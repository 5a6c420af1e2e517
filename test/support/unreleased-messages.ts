import { ChangeMessageVisibilityBatchCommand, SQSClient } from "@aws-sdk/client-sqs";

// Loaded before a process of the service: its queue never answers that a message has been given back.
const send = Reflect.get(SQSClient.prototype, "send");
Reflect.set(SQSClient.prototype, "send", function ask(this: SQSClient, ...asked: readonly unknown[]): unknown {
  if (asked[0] instanceof ChangeMessageVisibilityBatchCommand) return new Promise(() => undefined);
  const answer: unknown = Reflect.apply(send, this, asked);
  return answer;
});
