// Original file: ../../proto/rondo/v1/jobs.proto


export interface Hindrance {
  /**
   * "compute", "network", "disk" or "workers" (there are none to go on with).
   */
  'cause'?: (string);
  /**
   * The worker to blame; empty where none is.
   */
  'worker'?: (string);
  /**
   * "w3 is silent for 4.2 s: its process stands still, or the network is cut".
   */
  'reason'?: (string);
}

export interface Hindrance__Output {
  /**
   * "compute", "network", "disk" or "workers" (there are none to go on with).
   */
  'cause': (string);
  /**
   * The worker to blame; empty where none is.
   */
  'worker': (string);
  /**
   * "w3 is silent for 4.2 s: its process stands still, or the network is cut".
   */
  'reason': (string);
}
