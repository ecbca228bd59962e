// What can go wrong with a run's folder while everybody does their job: a stable code, and a message that helps.

export type RunFaultCode =
  /** Another process uses the folder. */
  | 'run-locked'
  /** Another process took over the lock of this one. */
  | 'run-lock-lost'
  /** A new run was asked for in a folder that holds something. */
  | 'run-not-empty'
  /** The folder holds something, but no run; or does not exist. */
  | 'run-missing'
  /** The folder cannot be made or written to, or what is there is no folder. */
  | 'run-no-folder'
  /** A file of the run cannot be understood. */
  | 'run-damaged'
  /** What was asked of the run is no matter of its task. */
  | 'run-other-task'
  | 'checkpoint-missing'
  /** Incomplete, or its bytes are not those that were written. */
  | 'checkpoint-torn'
  /** Not a safetensors file, or one with tensors that are not wanted here. */
  | 'bad-tensors';

export class RunFault extends Error {
  override readonly name = 'RunFault';
  readonly code: RunFaultCode;

  /** @param message what is wrong, where, and what to do. */
  constructor(code: RunFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether the system refused for one of these reasons, such as ENOENT. */
export function isSystemError(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string);
}

/** Whether a disk refused that may work again later: full, over quota, read-only, failing, or out of reach. */
export function isDiskFault(error: unknown): error is Error {
  return isSystemError(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ESTALE', 'ENXIO');
}
