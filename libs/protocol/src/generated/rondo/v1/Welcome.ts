// Original file: ../../proto/rondo/v1/work.proto


/**
 * Answer to Hello: the name by which this worker is known here.
 */
export interface Welcome {
  'name'?: (string);
}

/**
 * Answer to Hello: the name by which this worker is known here.
 */
export interface Welcome__Output {
  'name': (string);
}
