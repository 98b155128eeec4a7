/** The kubelet gives up: its process ends with status 1 after this line. Worded as the kubelet words it. */
export class KubeletExit extends Error {
  constructor(message: string) {
    super(message);
    this.name = "KubeletExit";
  }
}
