// What client.mjs and server.mjs share: lines of JSON, and TLS by files.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");

export const commands = () => createInterface({ input: process.stdin, terminal: false });

/** "--name value" pairs as an object. */
export function options(words) {
  const found = {};
  for (let i = 0; i < words.length; i += 2) {
    found[words[i].replace(/^--/, "")] = words[i + 1];
  }
  return found;
}

/** Options of node:tls, or undefined without --ca. */
export function tlsOptions({ ca, cert, key }) {
  if (!ca) {
    return undefined;
  }
  const own = cert ? { cert: readFileSync(cert), key: readFileSync(key) } : {};
  return { ca: readFileSync(ca), ...own };
}
