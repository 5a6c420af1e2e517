import { startProxy, type Proxy } from "./proxy.ts";

/** A proxy that says what the service asks of its database. */
export interface DatabaseTraffic extends Proxy {
  /**
   * The statements since the last call, by flush: what a connection sent without waiting for an answer in between. A
   * statement goes by its name, or by its text where it has none.
   */
  take(): readonly (readonly string[])[];
}

interface Conversation {
  readonly fromClient: Frames;
  readonly fromServer: Frames;
  /** Answers that the server owes. */
  owed: number;
  flush: string[];
}

/** Starts such a proxy before the database of this address. */
export async function watchDatabase(databaseUrl: string): Promise<DatabaseTraffic> {
  const conversations = new Map<object, Conversation>();
  let flushes: string[][] = [];
  const conversationOf = (connection: object) => {
    const known = conversations.get(connection);
    if (known !== undefined) return known;
    // The server owes an answer to the start of the session.
    const begun = { fromClient: readFrames(true), fromServer: readFrames(false), owed: 1, flush: [] };
    conversations.set(connection, begun);
    return begun;
  };
  const proxy = await startProxy(databaseUrl, {
    fromClient: (connection, bytes) => {
      const conversation = conversationOf(connection);
      for (const { type, body } of conversation.fromClient(bytes)) {
        const statement = readStatement(type, body);
        if (statement !== null && conversation.owed === 0) conversation.flush = [];
        if (statement !== null && conversation.flush.push(statement) === 1) flushes.push(conversation.flush);
        if (type === "S" || type === "Q") conversation.owed += 1;
      }
    },
    fromServer: (connection, bytes) => {
      const conversation = conversationOf(connection);
      conversation.owed -= conversation.fromServer(bytes).filter(({ type }) => type === "Z").length;
    },
  });
  return {
    ...proxy,
    take: () => {
      const taken = flushes;
      flushes = [];
      return taken;
    },
  };
}

interface Frame {
  readonly type: string;
  readonly body: Buffer;
}

type Frames = (bytes: Buffer) => readonly Frame[];

const headLength = 5;

/** Cuts a stream of bytes into the messages of PostgreSQL's protocol. A client's first one has no type. */
function readFrames(hasUntypedStart: boolean): Frames {
  let rest = hasUntypedStart ? Buffer.from(" ") : Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const frames: Frame[] = [];
    while (rest.length >= headLength) {
      const end = 1 + rest.readInt32BE(1);
      if (rest.length < end) break;
      frames.push({ type: rest.toString("latin1", 0, 1), body: rest.subarray(headLength, end) });
      rest = rest.subarray(end);
    }
    return frames;
  };
}

/** What a message of a client runs; null for a message that runs nothing. */
function readStatement(type: string, body: Buffer): string | null {
  if (type === "Q") return body.toString("utf8", 0, body.length - 1);
  if (type !== "B") return null;
  const [, name = ""] = body.toString("latin1").split("\0");
  return name === "" ? "unnamed" : name;
}
