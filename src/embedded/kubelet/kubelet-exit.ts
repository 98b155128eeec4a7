/** The kubelet gives up: its process ends with status 1 after this line. The wording is the kubelet's. */
export class KubeletExit extends Error {
  constructor(message: string) {
    super(message);
    this.name = "KubeletExit";
  }
}
