// client.mjs medplum|node-hl7-client --port N [--ca FILE [--cert FILE --key FILE]]
//
// Standard input:  {"on": connection, "send": message [, "until": "first"|"application"]}, a line each
// Standard output: {"on": connection, "code": MSA-1, "id": MSA-2} or {"on": connection, "error": text}
// One message under way on a connection; the connection is made, or made anew, when a message needs it.
import tls from "node:tls";
import { Hl7Message } from "@medplum/core";
import { Hl7Client, Hl7Connection } from "@medplum/hl7";
import { Client, Message } from "node-hl7-client";
import { commands, options, say, tlsOptions } from "./wire.mjs";

const HOST = "127.0.0.1";

/** The library has no TLS, but its connection takes any socket. */
function secureConnection(port, secure) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: HOST, port, servername: "localhost", ...secure });
    socket.once("error", reject);
    socket.once("secureConnect", () => resolve(new Hl7Connection(socket)));
  });
}

class Medplum {
  constructor(port, secure) {
    this.connect = async () => {
      if (secure) {
        return secureConnection(port, secure);
      }
      const client = new Hl7Client({ host: HOST, port });
      client.addEventListener("error", () => {});
      return client.connect();
    };
  }

  async send(text, until) {
    if (!this.connection) {
      const connection = await this.connect();
      connection.addEventListener("error", () => {});
      // sendAndWait does not notice the end of its connection.
      this.closed = new Promise((_, reject) =>
        connection.addEventListener("close", () => {
          this.connection = undefined;
          reject(new Error("connection closed"));
        }),
      );
      this.closed.catch(() => {});
      this.connection = connection;
    }
    const sent = this.connection.sendAndWait(Hl7Message.parse(text), { returnAck: until ?? "first" });
    const msa = (await Promise.race([sent, this.closed])).getSegment("MSA");
    return { code: msa.getField(1).toString(), id: msa.getField(2).toString() };
  }

  async close() {
    await this.connection?.close();
  }
}

class NodeHl7Client {
  constructor(port, secure) {
    this.open = () => {
      const client = new Client({
        host: HOST,
        version: "2.5.1",
        connectionTimeout: 60_000, // without it, it does not notice the end of its connection
        ...(secure && { tls: { ...secure, servername: "localhost" } }),
      });
      const connection = client.createConnection({ port }, async (response) => {
        const answer = response.getMessage();
        this.settle?.({ code: answer.get("MSA.1").toString(), id: answer.get("MSA.2").toString() });
      });
      const lost = () => {
        this.connection = undefined;
        connection.close().catch(() => {}); // or it connects again by itself, and sends what nobody asked for
        this.settle?.(new Error("connection lost"));
      };
      connection.on("client.error", lost);
      return connection;
    };
  }

  async send(text) {
    const answered = new Promise((resolve) => (this.settle = resolve));
    this.connection ??= this.open();
    await this.connection.sendMessage(new Message({ text }));
    const answer = await answered;
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  }

  async close() {
    await this.connection?.close();
  }
}

const KINDS = { medplum: Medplum, "node-hl7-client": NodeHl7Client };
const { port, ...files } = options(process.argv.slice(3));
const secure = tlsOptions(files);
const clients = new Map();
const lines = new Map(); // what is under way on each connection

commands().on("line", (line) => {
  const { on, send, until } = JSON.parse(line);
  if (!clients.has(on)) {
    clients.set(on, new KINDS[process.argv[2]](Number(port), secure));
    lines.set(on, Promise.resolve());
  }
  const client = clients.get(on);
  lines.set(
    on,
    lines.get(on).then(async () => {
      try {
        say({ on, ...(await client.send(send, until)) });
      } catch (error) {
        say({ on, error: error.message });
      }
    }),
  );
}).on("close", async () => {
  await Promise.all(lines.values());
  await Promise.all([...clients.values()].map((client) => client.close()));
  process.exit(0);
});
