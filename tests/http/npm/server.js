// server.js PORT: node-fhir-server-core with Patients in memory. Prints "ready", then a line for each write.
const path = require("path");
const core = require("@asymmetrik/node-fhir-server-core");

const server = core.initialize({
  profiles: { patient: { service: path.resolve(__dirname, "patients.js"), versions: ["4_0_0"] } },
  logging: { level: "error" },
});
server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("ready"));
