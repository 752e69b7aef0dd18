// parse.mjs medplum_lazy|medplum_tree|simple_hl7 FILE: what bench/hl7_parse_bench.cpp does, by a library of npm.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// The libraries lie beside the tests that use them.
const require = createRequire(new URL("../../tests/peers/npm/package.json", import.meta.url));

function medplum(message) {
  const msh = message.getSegment("MSH");
  const pid = message.getSegment("PID");
  return [
    msh.getComponent(10, 1),
    msh.getComponent(9, 2),
    pid.getComponent(3, 1),
    pid.getComponent(5, 1),
    message.getAllSegments("OBX").at(-1).getComponent(3, 1),
  ];
}

const PARSERS = {
  medplum_lazy() {
    const { Hl7Message } = require("@medplum/core");
    return (bytes) => medplum(Hl7Message.parse(bytes.toString("utf8")));
  },
  /** Its segments split their fields when first asked: here all are asked. */
  medplum_tree() {
    const { Hl7Message } = require("@medplum/core");
    return (bytes) => {
      const message = Hl7Message.parse(bytes.toString("utf8"));
      for (const segment of message.segments) {
        if (segment.fields.length === 0) {
          throw new Error("a segment without fields");
        }
      }
      return medplum(message);
    };
  },
  simple_hl7() {
    const { Parser } = require("simple-hl7");
    const parser = new Parser();
    return (bytes) => {
      const message = parser.parse(bytes.toString("utf8"));
      const pid = message.getSegment("PID");
      return [
        message.header.getField(8),
        message.header.getComponent(7, 2),
        pid.getComponent(3, 1),
        pid.getComponent(5, 1),
        message.getSegments("OBX").at(-1).getComponent(3, 1),
      ].map(String);
    };
  },
};

const parse = PARSERS[process.argv[2]]();
const bytes = readFileSync(process.argv[3]);
createInterface({ input: process.stdin }).on("line", (line) => {
  const count = Number(line);
  let texts;
  const before = process.cpuUsage();
  for (let i = 0; i < count; ++i) {
    texts = parse(bytes);
  }
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ ns: ((user + system) * 1000) / count, texts }));
});
