import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { type Attack, attacksBy } from "./attack.ts";

/** Runs of the program; without its defense, one of the first ten is led out. */
const rounds = 60;
/** Fewer swaps than this during the runs were no race. */
const fewestSwaps = 100;

/**
 * Run in its own mount namespace, so that this machine's mounts are not touched. $DIRECTORY/precious is a mount of the
 * host's. $DIRECTORY/root$POINT is one too, and in a mount namespace below, as a container has it, it is none: there
 * the name may be moved away, with the mount on it, and a link to the precious one put in its place. The stage itself
 * touches the name only while the racer has said that it rests: its own umount must not be what follows the link.
 */
const stage = `
cd "$DIRECTORY"
mount -t tmpfs precious precious
unshare --mount --propagation private sh -c '
  name="$DIRECTORY/root$POINT"
  while [ ! -e over ]; do
    if [ -e racing ]; then
      touch running
      while [ -e racing ]; do
        mv -T "$name" "$name.aside" && ln -sT "$DIRECTORY/precious" "$name" && echo >> swaps
        rm "$name"
        mv -T "$name.aside" "$name"
      done
      touch paused
    fi
    sleep 0.01
  done' 2> racer.log &
clear_name() {
  if [ -L "$1" ]; then rm "$1"; fi
  if [ -d "$1" ]; then umount --lazy "$1" 2> /dev/null; rm -rf --one-file-system "$1"; fi
}
for round in $(seq "$ROUNDS"); do
  clear_name "root$POINT"
  clear_name "root$POINT.aside"
  mkdir -p "root$POINT"
  mount -t tmpfs volume "root$POINT"
  rm -f paused running
  touch racing
  until [ -e running ]; do sleep 0.01; done
  "$PROGRAM" reset --force --rootfs "$DIRECTORY/root" --cri-socket unix:///run/no.sock >> output 2>&1
  rm racing
  until [ -e paused ]; do sleep 0.01; done
  if ! grep -q " $DIRECTORY/precious " /proc/self/mounts; then echo "in round $round" > won; break; fi
done
touch over
wait
`;

function unmounting(point: string): Attack {
  return {
    name: `has a mount of the host's taken off by a link in the place of ${point}`,
    lacks: process.getuid?.() === 0 ? undefined : "root",
    timeoutMs: 180_000,
    run: async ({ program }) => {
      using made = temporaryDirectory();
      const directory = made.path;
      const read = (name: string) => readFileSync(join(directory, name), "utf8");
      for (const each of ["precious", join("root", dirname(point)), "root/run"]) {
        mkdirSync(join(directory, each), { recursive: true });
      }
      for (const each of ["swaps", "won", "output"]) writeFileSync(join(directory, each), "");
      const variables = { DIRECTORY: directory, POINT: point, PROGRAM: program, ROUNDS: String(rounds) };
      const child = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", stage], {
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...variables },
        stdio: "ignore",
      });
      await new Promise((resolve) => child.once("close", resolve));
      const won = read("won");
      return {
        carriedOut: read("swaps").length >= fewestSwaps && read("output").includes("Unmounting mounted directories"),
        won: won === "" ? undefined : `the host's mount was gone ${won}`,
      };
    },
  };
}

attacksBy("a process inside of --rootfs that moves mount points", "take a mount of the host's off", [
  unmounting("/var/lib/kubelet/pods/a/volume"),
  unmounting("/var/lib/kubelet"),
]);
