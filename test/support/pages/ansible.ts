// ansible-core, with hosts of a lab behind what it believes to be ssh.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../../../lab/lab.ts";
import { HOST_ENVIRONMENT, type LabHost } from "../../../lab/lab-host.ts";
import { ensurePart } from "../../../lab/parts/part-store.ts";
import { run } from "../../../scripts/release/run.ts";
import { shellWord } from "../../../src/values/shell-word.ts";

const version = "2.19.14";

/** Returns the environment in which `ansible-playbook` reaches the hosts by their addresses. */
export async function ansibleEnvironment(
  directory: string,
  hosts: readonly LabHost[],
  lab: Lab,
): Promise<NodeJS.ProcessEnv> {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const part = await ensurePart({ cache: lab.cache, say }, `ansible-core-${version}-r1`, async (target) => {
    await run(["python3", "-m", "venv", join(target, "venv")]);
    const pip = [
      join(target, "venv/bin/python"),
      "-m",
      "pip",
      "install",
      "--quiet",
      `ansible-core==${version}`,
    ] as const;
    await run(pip);
  });
  const own = join(directory, ".controller");
  mkdirSync(own, { recursive: true });
  const ssh = join(own, "ssh");
  writeFileSync(ssh, sshTo(hosts));
  chmodSync(ssh, 0o755);
  // Its scripts name the place where they were built.
  const playbook = join(own, "ansible-playbook");
  const python = join(part, "venv/bin/python");
  writeFileSync(playbook, `#!/bin/sh\nexec ${shellWord(python)} -m ansible playbook "$@"\n`);
  chmodSync(playbook, 0o755);
  return {
    PATH: `${own}:${process.env["PATH"]}`,
    HOME: own,
    LANG: "C.UTF-8",
    ANSIBLE_HOME: join(own, "ansible"),
    ANSIBLE_NOCOLOR: "1",
    ANSIBLE_SSH_EXECUTABLE: ssh,
    ANSIBLE_SSH_ARGS: "",
    ANSIBLE_SSH_TRANSFER_METHOD: "piped",
  };
}

/** The last two arguments of ssh are the address and the command. */
function sshTo(hosts: readonly LabHost[]): string {
  const environment = Object.entries(HOST_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  const cases = hosts.map((host) => {
    const enter = host.enter(["/usr/bin/env", "-i", ...environment, "/bin/sh", "-c"]);
    return `  ${host.address}) exec ${enter.map(shellWord).join(" ")} "$command" ;;`;
  });
  return `#!/bin/sh
address= command=
for word; do address=$command command=$word; done
case "$address" in
${cases.join("\n")}
esac
echo "no host $address" >&2
exit 255
`;
}
