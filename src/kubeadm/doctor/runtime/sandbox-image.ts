import { ContainerRuntimeError } from "../../../cri/container-runtime.ts";
import { shell } from "../../../values/shell.ts";
import { defaultRepository, pauseImage } from "../../images/control-plane-images.ts";
import { type DoctorCheck, failed, passed, skipped, warned } from "../check.ts";
import { kubeletLog } from "../facts/kubelet.ts";
import { membership } from "../facts/membership.ts";
import { criSocket, sandboxImage } from "../facts/runtime.ts";

/** What the kubelet logs when no Pod can start. */
const sandboxFailure =
  /failed to (?:create (?:containerd task|pod sandbox|sandbox)|get sandbox image|pull (?:and unpack )?image)/i;

function lastPart(image: string): string {
  return image.slice(image.lastIndexOf("/") + 1);
}

export const sandboxImagePresent: DoctorCheck = {
  name: "sandbox-image",
  group: "runtime",
  title: "The sandbox image of Pods is present",
  after: ["runtime-answers", "runtime-ready"],
  look: async ({ once }) => {
    try {
      const image = await once(sandboxImage);
      if (image === undefined) return skipped("the runtime does not report which image it uses");
      if (image.isPresent) return passed(image.name);
      const [log, socket, { role }] = await Promise.all([once(kubeletLog), once(criSocket), once(membership)]);
      const lines = log.filter((line) => sandboxFailure.test(line) && line.includes(image.name)).slice(-3);
      const commands = [shell`crictl --runtime-endpoint ${socket} pull ${image.name}`];
      const remedy =
        "Check this machine's connection to the registry, or load the image from an archive with `ctr --namespace k8s.io images import FILE`.";
      if (lines.length > 0) {
        return failed(`The sandbox image of Pods, ${image.name}, is missing and cannot be pulled: no Pod starts.`, {
          evidence: lines,
          remedy,
          commands,
        });
      }
      if (role === "none") {
        const recommended = pauseImage({ imageRepository: defaultRepository });
        // The same image may come from another registry.
        if (lastPart(image.name) === lastPart(recommended)) {
          return passed(`${image.name} is pulled when the first Pod starts`);
        }
        return warned(
          `The container runtime is configured for the sandbox image ${image.name}, which is missing and differs from the one that this version of kubeadm recommends, ${recommended}.`,
          { remedy: `Configure the runtime to use ${recommended}, or pull its image before the join.`, commands },
        );
      }
      return warned(`The sandbox image of Pods, ${image.name}, is missing: it is pulled when the next Pod starts.`, {
        remedy,
        commands,
      });
    } catch (error) {
      if (!(error instanceof ContainerRuntimeError)) throw error;
      return skipped("the container runtime does not respond");
    }
  },
};
