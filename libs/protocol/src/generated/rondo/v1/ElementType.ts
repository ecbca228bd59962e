// Original file: ../../proto/rondo/v1/work.proto

/**
 * Little-endian, row-major.
 */
export const ElementType = {
  ELEMENT_TYPE_UNSPECIFIED: 'ELEMENT_TYPE_UNSPECIFIED',
  ELEMENT_TYPE_FLOAT32: 'ELEMENT_TYPE_FLOAT32',
  ELEMENT_TYPE_INT32: 'ELEMENT_TYPE_INT32',
  /**
   * IEEE 754 binary16.
   */
  ELEMENT_TYPE_FLOAT16: 'ELEMENT_TYPE_FLOAT16',
  /**
   * The upper half of a binary32.
   */
  ELEMENT_TYPE_BFLOAT16: 'ELEMENT_TYPE_BFLOAT16',
} as const;

/**
 * Little-endian, row-major.
 */
export type ElementType =
  | 'ELEMENT_TYPE_UNSPECIFIED'
  | 0
  | 'ELEMENT_TYPE_FLOAT32'
  | 1
  | 'ELEMENT_TYPE_INT32'
  | 2
  /**
   * IEEE 754 binary16.
   */
  | 'ELEMENT_TYPE_FLOAT16'
  | 3
  /**
   * The upper half of a binary32.
   */
  | 'ELEMENT_TYPE_BFLOAT16'
  | 4

/**
 * Little-endian, row-major.
 */
export type ElementType__Output = typeof ElementType[keyof typeof ElementType]
