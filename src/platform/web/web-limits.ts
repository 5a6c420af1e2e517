/** How much, how long and how often. */
export interface WebLimits {
  readonly bodyBytes: number;
  readonly headerBytes: number;
  readonly addressLength: number;
  readonly parameterLength: number;
  /** A request that is not all there by then is cut off. */
  readonly requestMs: number;
  /** How often that is looked at. */
  readonly checkMs: number;
  /** A request that has no answer by then is answered 503; a route may take longer. */
  readonly answerMs: number;
  /** A connection on which nothing moves, or whose other side does not read, is closed. */
  readonly stallMs: number;
  /** A connection between two requests is kept for so long: longer than a load balancer keeps its end. */
  readonly idleMs: number;
  /** Requests that need a token, in work at once. */
  readonly requestsInWork: number;
  /** Those among them of one client; also those of all whose token is still being verified, and those without a token of one address. */
  readonly requestsOfOneClient: number;
  /** Requests that one connection may send before those before them are answered. */
  readonly waitingRequests: number;
  /** When the server stops, requests in work have so long to end. */
  readonly graceMs: number;
}

/** The limits of the running service. */
export const webLimits: WebLimits = {
  bodyBytes: 64 * 1024,
  headerBytes: 16 * 1024,
  addressLength: 2_000,
  parameterLength: 200,
  requestMs: 10_000,
  checkMs: 1_000,
  answerMs: 1_900,
  stallMs: 30_000,
  idleMs: 75_000,
  requestsInWork: 1_000,
  requestsOfOneClient: 250,
  waitingRequests: 16,
  graceMs: 5_000,
};
