// server.mjs medplum|simple-hl7 --port N --plan JSON [--ca FILE --cert FILE --key FILE [--mutual yes]] [--enhanced yes]
//
// Standard output: {"listening": port}, then {"got": MSH-10, "answer": what} for each message, in their order.
// The plan is {MSH-10: [what, …]}: AA (also when there is none), AE, AR; "silent": no answer; "wrong": AA to another
// message; "close": AA, then the end of the connection; "hang_up": the end without an answer; "die": of the process.
// Ends when its standard input does.
import tls from "node:tls";
import { Hl7Server } from "@medplum/hl7";
import simple from "simple-hl7";
import { commands, options, say, tlsOptions } from "./wire.mjs";

const { port = "0", plan: planText = "{}", mutual, enhanced, ...files } = options(process.argv.slice(3));
const plan = JSON.parse(planText);
const secure = tlsOptions(files);

/** `act` has the library's ways to answer(code, id) and the socket. */
function treat(id, { answer, socket }) {
  const what = plan[id]?.shift() ?? "AA";
  say({ got: id, answer: what });
  switch (what) {
    case "silent":
      return;
    case "hang_up":
      socket.destroy();
      return;
    case "die":
      process.stdout.write("", () => process.exit(0));
      return;
    case "wrong":
      answer("AA", "OTHER");
      return;
    case "close":
      answer("AA", id);
      socket.end();
      return;
    default:
      answer(what, id);
  }
}

async function startMedplum(at) {
  const server = new Hl7Server((connection) => {
    connection.addEventListener("error", () => {});
    connection.addEventListener("message", ({ message }) => {
      treat(message.getSegment("MSH").getField(10).toString(), {
        socket: connection.socket,
        answer: (code, id) => {
          const ack = message.buildAck({ ackCode: code });
          ack.getSegment("MSA").setField(2, id);
          connection.send(ack);
        },
      });
    });
  });
  await server.start(at, undefined, enhanced === "yes");
  return server.server;
}

async function startSimple(at) {
  const server = simple.Server.createTcpServer({}, (error, request, response) => {
    if (error) {
      return; // a connection that was reset, or a message that it cannot read
    }
    treat(request.msg.header.getField(8).toString(), {
      socket: response.socket,
      answer: (code, id) => {
        response.ack.getSegment("MSA").setField(1, code);
        response.ack.getSegment("MSA").setField(2, id);
        response.end();
      },
    });
  });
  server.start(at);
  await new Promise((resolve) => server.server.once("listening", resolve));
  return server.server;
}

/** Neither library has TLS: their servers are handed the decrypted connections. */
async function startSecure(start, at) {
  const plain = await start(0);
  const terminator = tls.createServer(
    { ...secure, requestCert: mutual === "yes", rejectUnauthorized: mutual === "yes" },
    (socket) => plain.emit("connection", socket),
  );
  await new Promise((resolve) => terminator.listen(at, "127.0.0.1", resolve));
  return terminator;
}

const start = { medplum: startMedplum, "simple-hl7": startSimple }[process.argv[2]];
const server = await (secure ? startSecure(start, Number(port)) : start(Number(port)));
say({ listening: server.address().port });
commands().on("line", () => {}).on("close", () => process.exit(0));
