import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { portOf } from "../../sandbox/free-port.ts";

/** A server of someone else, that keeps what it was asked. */
export interface OtherServer extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly requests: readonly IncomingHttpHeaders[];
}

/** Starts a server on any free port, or on the given one. Without a listener it answers what everybody likes to hear. */
export async function startOtherServer(answer: RequestListener = agree, port = 0): Promise<OtherServer> {
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    answer(request, response);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const taken = portOf(server.address());
  return {
    port: taken,
    origin: `http://127.0.0.1:${taken}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const agree: RequestListener = (_request, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ handoverDate: "2031-07-01", handoverStartDate: null }));
};
