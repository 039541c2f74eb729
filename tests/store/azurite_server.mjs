// Serves Azurite's blobs on a port of its own, with the container `builds`, until its input ends.
//
//     node azurite_server.mjs AZURITE/dist/src/blob/main.js
//
// Prints the port.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { createInterface } from "node:readline";

// The account that everybody has in Azurite.
const account = "devstoreaccount1";
const key =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

async function createContainer(port) {
  const date = new Date().toUTCString();
  const version = "2021-08-06";
  const text = [
    "PUT", ...Array(11).fill(""), `x-ms-date:${date}`, `x-ms-version:${version}`,
    `/${account}/${account}/builds`, "restype:container",
  ].join("\n");
  const signature = createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
  const answer = await fetch(`http://127.0.0.1:${port}/${account}/builds?restype=container`, {
    method: "PUT",
    headers: {
      "x-ms-date": date,
      "x-ms-version": version,
      authorization: `SharedKey ${account}:${signature}`,
    },
  });
  if (answer.status !== 201) {
    throw new Error(`no container: ${answer.status} ${await answer.text()}`);
  }
}

const options = ["--inMemoryPersistence", "--blobPort", "0", "--skipApiVersionCheck"];
const server = spawn(process.execPath, [process.argv[2], ...options], {
  stdio: ["ignore", "pipe", "inherit"],
});
const end = () => {
  server.kill();
  process.exit();
};
process.stdin.on("end", end).resume();
server.on("exit", end);
for await (const line of createInterface({ input: server.stdout })) {
  const port = line.match(/listens on http:\/\/127\.0\.0\.1:(\d+)/)?.[1];
  if (port) {
    await createContainer(port);
    console.log(port);
  }
}
