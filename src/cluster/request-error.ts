import { PortError } from "../errors/port-error.ts";

/** A request to a server that got no answer (TransportError), or a refusal (ApiStatusError). */
export abstract class RequestError extends PortError {}
