import type { HttpResponse } from "./transport.ts";

/** The limit of Go's HTTP client. */
const mostRedirects = 10;

export interface FollowedRequest {
  /** Sends one GET request. */
  readonly send: (url: string) => Promise<HttpResponse>;
  /** Returns the error for a redirect that is not followed. */
  readonly refused: (reason: string) => Error;
}

/** Gets a URL and follows redirects, to https only. Returns the last answer and where it came from. */
export async function followRedirects(
  url: string,
  { send, refused }: FollowedRequest,
): Promise<{ readonly response: HttpResponse; readonly url: string }> {
  let at = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await send(at);
    const location = response.headers["location"];
    if (response.status < 300 || response.status >= 400 || location === undefined) return { response, url: at };
    if (!URL.canParse(location, at)) throw refused(`it redirects to ${JSON.stringify(location)}, which is not a URL`);
    at = new URL(location, at).href;
    if (!at.startsWith("https://")) throw refused(`it redirects to ${at}, which is not https`);
  }
  throw refused(`stopped after ${mostRedirects} redirects`);
}
