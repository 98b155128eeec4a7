// An embedded control plane as its own process, because only a process can be in the network of the lab's hosts.
// Prints what a join needs as one line of JSON; ends with its standard input.
import { startControlPlane } from "../../src/embedded/control-plane/index.ts";

const [host = "127.0.0.1"] = process.argv.slice(2);
const controlPlane = await startControlPlane({
  host,
  podSubnet: "10.244.0.0/16",
  kubeletConfiguration: { cgroupDriver: "cgroupfs", failCgroupV1: false, failSwapOn: false },
});
const token = await controlPlane.createToken();
const { endpoint, caPin, adminKubeconfig } = controlPlane;
console.log(JSON.stringify({ endpoint, caPin, token, adminKubeconfig }));
for await (const line of process.stdin) {
  if (String(line).trim() === "requests") {
    const rows = controlPlane.requests.all.map(({ verb, path, code, user }) => `${verb} ${path} ${code} ${user}`);
    console.log(JSON.stringify(rows));
  }
}
await controlPlane.close();
