// A clock that the threads of a process share.

/** Milliseconds since 1970, finer than Date.now and not set back by whoever sets the machine's clock. */
export const nowMs = (): number => performance.timeOrigin + performance.now();
