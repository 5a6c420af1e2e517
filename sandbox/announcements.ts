import { z } from "zod";
import { keepInOrder, readKept } from "./kept-file.ts";
import type { Publication, QueueServer } from "./queue-server.ts";

const announcedSchema = z.object({
  /** The id that SNS gave the message, by which the service knows it. */
  inboxKey: z.string(),
  eventType: z.string(),
  body: z.string(),
  at: z.iso.datetime(),
});

/** A message that was published in the sandbox. */
export type Announced = Readonly<z.infer<typeof announcedSchema>>;

/** What is published in the sandbox, and the last of what was. */
export interface Announcements {
  /** Publishes to the topic. */
  publish(publication: Required<Pick<Publication, "body" | "eventType">>): Promise<Announced>;
  /** Puts the same message into the queue once more, as SQS may at any time. */
  deliverAgain(announced: Omit<Announced, "at">): Promise<void>;
  /** The newest first. */
  latest(): readonly Announced[];
}

/** A message that is no JSON: it was cut off on its way. */
export const poisonMessage = {
  eventType: "offender-management.allocation.changed",
  body: '{"eventType": "offender-management.alloc',
} as const;

const keptCount = 20;

/** Opens the list of what was published, kept between starts where it has a file. */
export async function openAnnouncements(
  queue: Pick<QueueServer, "publish" | "send" | "topicArn">,
  file: string | undefined,
): Promise<Announcements> {
  let latest: readonly Announced[] = (file === undefined ? null : await readKept(file, z.array(announcedSchema))) ?? [];
  const save = keepInOrder(file, () => latest);
  return {
    latest: () => latest,
    publish: async ({ body, eventType }) => {
      const at = new Date().toISOString();
      const announced = { inboxKey: await queue.publish({ body, eventType }), eventType, body, at };
      latest = [announced, ...latest].slice(0, keptCount);
      await save();
      return announced;
    },
    deliverAgain: async ({ inboxKey, eventType, body }) => {
      const attributes = { eventType: { Type: "String", Value: eventType } };
      const envelope = { Type: "Notification", MessageId: inboxKey, TopicArn: queue.topicArn, Message: body };
      await queue.send(JSON.stringify({ ...envelope, MessageAttributes: attributes }));
    },
  };
}
