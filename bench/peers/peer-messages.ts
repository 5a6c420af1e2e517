import { request } from "undici";
import { z } from "zod";

/** A fact of a case that an event tells of. */
export interface PeerEvent {
  readonly type: string;
  readonly noms: string;
  readonly detailUrl: string;
  readonly occurredAt: Date;
  readonly staffCode: number | null | undefined;
}

/** What Manage POM Cases answered: a body, or the text of a 404. */
export type PeerAnswer = { readonly body: unknown } | { readonly notFound: string };

const notificationSchema = z.object({ Message: z.string(), Timestamp: z.string() });
const eventSchema = z.object({
  eventType: z.string(),
  detailUrl: z.string(),
  occurredAt: z.string(),
  personReference: z.object({ identifiers: z.array(z.object({ type: z.string(), value: z.string() })) }),
  additionalInformation: z.object({ staffCode: z.number().nullish() }).optional(),
});

/** Reads an event out of the notification that SNS puts around it. Raises where it is none that the peer handles. */
export function readNotification(text: string): PeerEvent {
  const { Message: message } = notificationSchema.parse(JSON.parse(text));
  const event = eventSchema.parse(JSON.parse(message));
  const noms = event.personReference.identifiers.find(({ type }) => type === "NOMS")?.value;
  if (noms === undefined) throw new Error("The event names no NOMS number.");
  return {
    type: event.eventType,
    noms,
    detailUrl: event.detailUrl,
    occurredAt: new Date(event.occurredAt),
    staffCode: event.additionalInformation?.staffCode,
  };
}

/** Where tokens come from, and for whom. */
export interface TokenSettings {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Asks Manage POM Cases about an event. */
export type FetchDetail = (url: string) => Promise<PeerAnswer>;

const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() });
const refusalSchema = z.object({ message: z.string() });

/** Makes what asks, with a token that is kept until shortly before it ends. */
export function createFetchDetail({ url: tokenUrl, clientId, clientSecret }: TokenSettings): FetchDetail {
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString("base64");
  let kept: { readonly token: Promise<string>; readonly until: number } = { token: Promise.resolve(""), until: 0 };
  const fetchToken = async () => {
    const headers = { authorization: `Basic ${basic}`, "content-type": "application/x-www-form-urlencoded" };
    const answer = await request(tokenUrl, { method: "POST", headers, body: "grant_type=client_credentials" });
    const { access_token: token, expires_in: seconds } = tokenSchema.parse(await answer.body.json());
    kept = { ...kept, until: Date.now() + (seconds - 30) * 1000 };
    return token;
  };
  return async (url) => {
    if (Date.now() >= kept.until) kept = { token: fetchToken(), until: Date.now() + 10_000 };
    const { statusCode, body } = await request(url, { headers: { authorization: `Bearer ${await kept.token}` } });
    const told = await body.json();
    if (statusCode === 200) return { body: told };
    if (statusCode === 404) return { notFound: refusalSchema.parse(told).message };
    throw new Error(`Manage POM Cases answered ${statusCode}.`);
  };
}
