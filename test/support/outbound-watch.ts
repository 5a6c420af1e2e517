import { Socket } from "node:net";

// Loaded into a process before the service: tells each address that it connects to, once.

const told = new Set<string>();

function tell(ip: string, port: number): void {
  const address = `${ip}:${port}`;
  if (told.has(address)) return;
  told.add(address);
  process.stdout.write(`${JSON.stringify({ msg: "connects", address })}\n`);
}

const connect: unknown = Reflect.get(Socket.prototype, "connect");
if (typeof connect !== "function") throw new Error("Sockets cannot be watched.");
Reflect.set(
  Socket.prototype,
  "connect",
  new Proxy(connect, {
    apply: (original, socket: Socket, given: unknown[]): unknown => {
      socket.on("connectionAttempt", tell);
      return Reflect.apply(original, socket, given);
    },
  }),
);
