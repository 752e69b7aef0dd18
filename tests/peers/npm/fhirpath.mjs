// Evaluates FHIR paths with npm's fhirpath: a folder of resources as argument, lines "resource expression" in, lines of
// "resource TAB expression TAB results as JSON" out. An expression that it refuses has the result "error".
import fhirpath from "fhirpath";
import r4 from "fhirpath/fhir-context/r4/index.js";
import { readFileSync } from "node:fs";

const folder = process.argv[2];
for (const line of readFileSync(0, "utf8").split("\n")) {
    if (line === "" || line.startsWith("#")) {
        continue;
    }
    const blank = line.indexOf(" ");
    const [name, expression] = [line.slice(0, blank), line.slice(blank + 1)];
    const resource = JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"));
    let result = "error";
    try {
        result = JSON.stringify(fhirpath.evaluate(resource, expression, {}, r4));
    } catch {
        // What several values make of an operator that takes one.
    }
    console.log(`${name}\t${expression}\t${result}`);
}
