// Serves a directory by HTTP, as a process of its own, because only a process can be in the network of the lab's hosts.
// Says when it listens; ends with its standard input.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";

const [directory = ".", host = "127.0.0.1", port = "80"] = process.argv.slice(2);

const server = createServer((request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://server").pathname));
  const file = join(directory, path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-length": found.size });
  createReadStream(file).pipe(response);
});
server.listen(Number(port), host, () => console.log("listening"));
process.stdin.on("end", () => process.exit(0)).resume();
