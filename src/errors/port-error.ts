import { foreignText } from "./printable-text.ts";

/**
 * What the outside world could not do for a port: the file system, the service manager, the network, the container
 * runtime, etcd, an API server. Each port has its own class. Such an error is no defect of this program, and where no
 * caller knows better, the user sees its message.
 */
export abstract class PortError extends Error {
  constructor(name: string, message: string, cause?: unknown) {
    super(foreignText(message), cause === undefined ? undefined : { cause });
    this.name = name;
  }
}
