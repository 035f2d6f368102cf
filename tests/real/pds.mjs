// Runs a Bluesky PDS with a directory of its own, and prints one line of JSON once both answer.
// The working directory holds node_modules with @atproto/dev-env.
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const dist = join(process.cwd(), "node_modules", "@atproto", "dev-env", "dist");
const load = (name) => import(pathToFileURL(join(dist, name)));
const [{ TestPlc }, { TestPds }] = [await load("plc.js"), await load("pds.js")];

const plc = await TestPlc.create({});
const pds = await TestPds.create({ didPlcUrl: plc.url, trustProxy: true });

const post = async (method, body, token) => {
  const answer = await fetch(`${pds.url}/xrpc/com.atproto.server.${method}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method}: ${await answer.text()}`);
  return answer.json();
};
const account = await post("createAccount", {
  handle: "martin.test",
  email: "martin@example.org",
  password: "a-password-for-one-run",
});
const { password } = await post("createAppPassword", { name: "parution" }, account.accessJwt);

process.stdout.write(
  `${JSON.stringify({ base_url: pds.url.replace("localhost", "127.0.0.1"), identifier: account.handle, app_password: password })}\n`,
);
process.stdin.resume().on("end", () => process.exit(0));
