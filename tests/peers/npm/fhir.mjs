// Validates FHIR resources with npm's fhir: lines of JSON in, lines "true" or "false" and what is wrong out.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { Fhir } = createRequire(import.meta.url)("fhir");

const fhir = new Fhir();
for (const line of readFileSync(0, "utf8").split("\n").filter((text) => text !== "")) {
    const result = fhir.validate(JSON.parse(line), { errorOnUnexpected: true });
    const errors = result.messages.filter((message) => message.severity === "error" || message.severity === "fatal");
    console.log(`${errors.length === 0}\t${errors.map((error) => `${error.location} ${error.message}`).join("; ")}`);
}
